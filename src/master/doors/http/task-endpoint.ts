// GET /task: run one task and answer with its bare result. The hot path: works on node's own request and response.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESULT_NOT_SHOWN } from '../../../common/task-types/failures.ts';
import { resultAsText } from '../../../common/task-types/results.ts';
import type { Admitted, Refused, TaskDesk, TaskReport } from '../door.ts';
import { heldFor } from './hang-up.ts';
import { sendProblem } from './problem.ts';
import { reportJson } from './task-json.ts';
import { readTaskQuery } from './task-request.ts';

/** Runs the task that `request` asks for and writes the whole response, now or later. */
export function answerTask(desk: TaskDesk, request: IncomingMessage, response: ServerResponse): void {
  const wanted = readTaskQuery(request.url ?? '');
  if ('code' in wanted) {
    sendProblem(response, wanted);
    return;
  }
  const asJson = request.headers.accept?.includes('application/json') === true;
  const held = heldFor(request.socket);
  const admitted = desk.submit(wanted, (report) => {
    if (admitted?.ok === true) held.delete(admitted);
    sendReport(response, report, asJson);
  }) as Admitted | Refused | undefined;
  if (admitted?.ok === false) sendProblem(response, admitted.failure);
  else if (admitted !== undefined && !response.writableEnded) held.add(admitted);
}

function sendReport(response: ServerResponse, report: TaskReport, asJson: boolean): void {
  if (response.destroyed) return;
  const { id, failure, slave } = report;
  if (failure !== undefined) {
    sendProblem(response, failure, { 'x-task-id': id, ...(slave === undefined ? {} : { 'x-slave': slave }) });
    return;
  }
  const body = bodyOf(report, asJson);
  if (body === undefined) {
    sendProblem(response, RESULT_NOT_SHOWN, { 'x-task-id': id });
    return;
  }
  response.writeHead(200, {
    'content-type': asJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-task-id': id,
    'x-slave': slave ?? '',
  });
  response.end(body);
}

/** Undefined for a value that a slave nested too deeply to write down. */
function bodyOf(report: TaskReport, asJson: boolean): string | undefined {
  try {
    return asJson ? reportJson(report) : resultAsText(report.value);
  } catch {
    return undefined;
  }
}
