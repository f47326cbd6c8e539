// For tests of command lines, whose parser ends the process when a value is bad.

/** Within this suite an exit throws `exit with code …` instead: it would end the tests with it. */
export function withoutExit(): void {
  const exit = process.exit.bind(process);
  before(() => {
    process.exit = (code) => {
      throw new Error(`exit with code ${String(code)}`);
    };
  });
  after(() => {
    process.exit = exit;
  });
}
