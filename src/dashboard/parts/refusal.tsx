// The master's sentence about a change that it refused; heard when it appears.

/** Nothing when `why` is empty. */
export function Refusal({ why }: { readonly why: string }) {
  if (why === '') return null;
  return (
    <p class="refusal" role="alert">
      {why}
    </p>
  );
}
