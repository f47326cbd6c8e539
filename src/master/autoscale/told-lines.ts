// Which lines of a replica's output tell why it ended: the last ones, and the error, which a stack trace may have pushed out of them.

/** `Error: no port`, `TypeError: …`, `Error [ERR_MODULE_NOT_FOUND]: …`; perhaps behind what a log writes before it. */
const ERROR = /^\w*Error\b|Error(?: \[\w+\])?:/;
/** A longer error is cut off, so that something is left for the rest. */
const ERROR_CHARS_MAX = 500;

/** The last `linesMax` lines, or the first with an error and the last `linesMax` - 1 when that is not among them. */
export function toldLines(lines: readonly string[], linesMax: number): readonly string[] {
  const errorAt = lines.findIndex((line) => ERROR.test(line));
  if (errorAt < 0 || errorAt >= lines.length - linesMax) return lines.slice(-linesMax);
  return [lines[errorAt] as string, ...lines.slice(1 - linesMax)];
}

/** All of them in one of at most `charsMax` characters: of the lines the last characters are kept, but of an error the first. */
export function joinedLines(lines: readonly string[], separator: string, charsMax: number): string {
  const whole = lines.join(separator);
  const errorAt = lines.findIndex((line) => ERROR.test(line));
  if (whole.length <= charsMax || errorAt < 0) return whole.slice(-charsMax);
  const error = (lines[errorAt] as string).slice(0, ERROR_CHARS_MAX) + separator;
  return (
    error +
    lines
      .slice(errorAt + 1)
      .join(separator)
      .slice(-(charsMax - error.length))
  );
}
