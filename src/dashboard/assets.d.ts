// What esbuild bundles beside scripts.
declare module '*.css';
