// How a container came to its end, in a line: its exit code, and the last that it said.
import type { Container, ContainerInspectInfo } from 'dockerode';
import { joinedLines, toldLines } from './told-lines.ts';

/** So many of the last lines of its output are asked for. */
const LINES_ASKED = 50;
/** So many of them are shown, and so many characters: without the lines of a stack trace, after which an error's message would be lost. */
const LINES_SHOWN = 10;
const CHARACTERS_MAX = 1000;

/** Of a container that runs no more: "ended with exit code 1: Error: no port". */
export async function endOf(container: Container, abortSignal: AbortSignal): Promise<string> {
  const { State } = await container.inspect({ abortSignal });
  if (State.Status === 'created') return `was made, but never started${State.Error === '' ? '' : `: ${State.Error}`}`;
  const options = { stdout: true, stderr: true, follow: false, tail: LINES_ASKED, abortSignal } as const;
  const lines = linesOf(await container.logs(options));
  return lines === '' ? `${howOf(State)}, and wrote nothing` : `${howOf(State)}: ${lines}`;
}

function howOf({ OOMKilled, ExitCode }: ContainerInspectInfo['State']): string {
  if (OOMKilled) return `needed more memory than its limit (exit code ${ExitCode})`;
  return `ended with exit code ${ExitCode}`;
}

/** Bytes before each piece of output: which stream it is of, and its length; see "Stream format" in the Engine API's "Attach to a container". */
const HEADER_BYTES = 8;

/** The output of a container without terminal, its lines joined. What else comes is taken for plain output. */
function linesOf(output: unknown): string {
  if (!Buffer.isBuffer(output)) return '';
  const pieces: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= output.length;) {
    const end = at + HEADER_BYTES + output.readUInt32BE(at + 4);
    pieces.push(output.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  const lines = Buffer.concat(pieces).toString().split('\n');
  const told = lines.map((line) => plain(line.trim())).filter((line) => line !== '' && !line.startsWith('at '));
  return joinedLines(toldLines(told, LINES_SHOWN), ' | ', CHARACTERS_MAX);
}

/** A line of a slave's log without what people do not read; any other line as it is. */
function plain(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, text, reason, problem, err } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const said = [msg, text, reason, problem, (Object(err) as { message?: unknown }).message];
    return said.filter((part) => typeof part === 'string').join(': ') || line;
  } catch {
    return line; // cut off, or no JSON at all
  }
}
