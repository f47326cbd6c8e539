// What the built-in task types must answer, computed in other ways than theirs.

/** Fibonacci by fast doubling: F(2k) = F(k) · (2F(k+1) − F(k)), F(2k+1) = F(k)² + F(k+1)². */
export function fibonacci(n: number): bigint {
  return pair(n)[0];
}

function pair(n: number): [bigint, bigint] {
  if (n === 0) return [0n, 1n];
  const [a, b] = pair(Math.floor(n / 2));
  const even = a * (2n * b - a);
  const odd = a * a + b * b;
  return n % 2 === 0 ? [even, odd] : [odd, even + odd];
}

/** Primes in [1, n], by the sieve of Eratosthenes. */
export function primesUpTo(n: number): number {
  const composite = new Uint8Array(n + 1);
  let primes = 0;
  for (let i = 2; i <= n; i++) {
    if (composite[i] === 1) continue;
    primes++;
    for (let multiple = i * i; multiple <= n; multiple += i) composite[multiple] = 1;
  }
  return primes;
}

/** Code points from the last to the first. */
export function backwards(text: string): string {
  let result = '';
  for (const character of text) result = character + result;
  return result;
}
