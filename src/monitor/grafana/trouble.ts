// Everything that can go wrong between the monitor and Grafana: one table from what happened to what a person should do and when the
// monitor tries again. Pure. Of an answer's body only `message` is relied on, as Grafana asks; `status` is read where it is there.

export type TroubleKind =
  | 'key-not-accepted'
  | 'not-allowed'
  | 'read-only'
  | 'not-ours'
  | 'not-found'
  | 'taken'
  | 'stale'
  | 'plugin-board'
  | 'refused'
  | 'too-many-requests'
  | 'grafana-failed'
  | 'no-connection'
  | 'moved'
  | 'malformed'
  | 'unexpected';

/**
 * When another pass may help: with growing delays; slowly, since a person must act first; or after what Grafana asked for.
 */
export type TryAgain = 'backoff' | 'slowly' | { readonly afterMs: number };

export interface Trouble {
  readonly kind: TroubleKind;
  /** Method and path, or what was to be done. */
  readonly at: string;
  /** A sentence that says what to do. */
  readonly sentence: string;
  readonly tryAgain: TryAgain;
  readonly status?: number;
  /** Grafana's own words, or the system's: short, without the key. */
  readonly said?: string;
  /** The rest of the pass would fail in the same way. */
  readonly hopeless: boolean;
}

/** What came back instead of what was asked for. */
export type Happened = Refusal | NoConnection | Malformed | Unexpected;

/** An answer of Grafana that is not 2xx. */
interface Refusal {
  readonly status: number;
  readonly message?: string;
  /** The body's own `status`, such as "version-mismatch". */
  readonly label?: string;
  readonly retryAfterMs?: number;
  readonly location?: string;
}

interface NoConnection {
  /** A system error's code; TIMEOUT when the request took too long. */
  readonly noConnection: string;
  readonly words?: string;
}

interface Malformed {
  /** What the answer is, as the beginning of a sentence. */
  readonly malformed: string;
  readonly status?: number;
}

interface Unexpected {
  /** The message of what was thrown: a bug of ours. */
  readonly unexpected: string;
}

/** So long Grafana's own words are quoted, in characters. */
export const SAID_CHARS_MAX = 200;
/** However long Grafana asks to be left alone, it is asked again after this. */
const RETRY_AFTER_MS_MAX = 5 * 60_000;
const RETRY_AFTER_MS_MIN = 1000;

interface Verdict {
  readonly kind: TroubleKind;
  readonly sentence: string;
  readonly tryAgain: TryAgain;
  readonly hopeless?: true;
}

/** What `happened` at `at` (such as "GET /api/datasources") means. */
export function troubleFrom(at: string, happened: Happened): Trouble {
  const verdict = judge(happened);
  const said = wordsOf(happened);
  return {
    at,
    kind: verdict.kind,
    sentence: verdict.sentence,
    tryAgain: verdict.tryAgain,
    hopeless: verdict.hopeless ?? false,
    ...statusOf(happened),
    ...(said !== undefined && said !== '' && { said: quoted(said) }),
  };
}

/** What has a uid of ours and is left as it is. */
export function leftAlone(what: 'data source' | 'board', uid: string, why: 'read-only' | 'not-ours'): Trouble {
  const sentence = why === 'read-only' ? READ_ONLY.sentence : NOT_OURS[what];
  return { at: `${what} ${uid}`, kind: why, sentence, tryAgain: 'slowly', hopeless: false };
}

const NOT_OURS = {
  'data source':
    'the monitor did not make this data source and uses it as it is: make sure that it is the Prometheus of --prometheus-url, or delete it and the monitor makes its own',
  board:
    'the board of this uid has no tag "lanyard", so it is left alone: delete it, or give it the tag to have the panels put into it',
};

function statusOf(happened: Happened): { status?: number } {
  const status = 'status' in happened ? happened.status : undefined;
  return status === undefined ? {} : { status };
}

/** What somebody else said of it. */
function wordsOf(happened: Happened): string | undefined {
  if ('noConnection' in happened) return happened.words;
  if ('malformed' in happened) return undefined;
  return 'unexpected' in happened ? happened.unexpected : happened.message;
}

function judge(happened: Happened): Verdict {
  if ('noConnection' in happened) return connectionVerdict(happened.noConnection);
  if ('unexpected' in happened) return UNEXPECTED;
  if ('malformed' in happened) {
    return {
      kind: 'malformed',
      sentence: `${happened.malformed}: check that --grafana-url is Grafana's own address, with its sub-path if it has one`,
      tryAgain: 'backoff',
      hopeless: true,
    };
  }
  return statusVerdict(happened);
}

function statusVerdict({ status, message = '', label = '', retryAfterMs, location }: Refusal): Verdict {
  if (status >= 300 && status < 400) return movedVerdict(location);
  if (status >= 500) return failedVerdict(status, retryAfterMs);
  const readOnly = /provisioned|read-?only/i.test(message);
  switch (status) {
    case 401:
      return KEY_NOT_ACCEPTED;
    case 403:
      return readOnly ? READ_ONLY : NOT_ALLOWED;
    case 404:
      return NOT_FOUND;
    case 409:
      return /updated by someone else|version/i.test(message) ? STALE : TAKEN;
    case 412:
      return preconditionVerdict(`${label} ${message}`);
    case 429:
      return tooManyVerdict(retryAfterMs);
    default:
      return readOnly ? READ_ONLY : REFUSED;
  }
}

function preconditionVerdict(words: string): Verdict {
  if (/plugin/i.test(words)) return PLUGIN_BOARD;
  return /name-exists|same name|same title/i.test(words) ? TAKEN : STALE;
}

const KEY_NOT_ACCEPTED: Verdict = {
  kind: 'key-not-accepted',
  sentence:
    'Grafana does not accept the key: in Grafana, under Administration, Service accounts, make an account with the role Admin, add a token ' +
    'to it, and start the monitor with that token (API keys of before Grafana 11 no longer work)',
  tryAgain: 'slowly',
  hopeless: true,
};
const NOT_ALLOWED: Verdict = {
  kind: 'not-allowed',
  sentence:
    'the key is good but may not do this: give its service account the role Admin (Editor is enough for the board, data sources need Admin)',
  tryAgain: 'slowly',
};
const READ_ONLY: Verdict = {
  kind: 'read-only',
  sentence:
    'this is provisioned from a file and read-only in Grafana: it is left as it is; change the file, or remove it there to let the monitor make it',
  tryAgain: 'slowly',
};
const NOT_FOUND: Verdict = {
  kind: 'not-found',
  sentence:
    'Grafana knows no such thing: either it was removed just now and the next pass makes it again, or --grafana-url lacks the sub-path that Grafana is served under',
  tryAgain: 'backoff',
};
const TAKEN: Verdict = {
  kind: 'taken',
  sentence:
    'the name or uid is taken by something else in Grafana: rename or remove that, or use another --cluster name',
  tryAgain: 'slowly',
};
const STALE: Verdict = {
  kind: 'stale',
  sentence: 'somebody changed it at the same moment: nothing to do, it is read again',
  tryAgain: 'backoff',
};
const UNEXPECTED: Verdict = {
  kind: 'unexpected',
  sentence: 'the monitor met something that it was not made for: please report this line, and the board as JSON',
  tryAgain: 'slowly',
  hopeless: true,
};
const PLUGIN_BOARD: Verdict = {
  kind: 'plugin-board',
  sentence: 'a board of a plugin has this uid and is left as it is: use another --cluster name',
  tryAgain: 'slowly',
};
const REFUSED: Verdict = {
  kind: 'refused',
  sentence:
    'Grafana does not take what the monitor sends; its words say why. If it is older than 9 or newer than what the monitor was made for, please report this line',
  tryAgain: 'slowly',
};

function tooManyVerdict(retryAfterMs: number | undefined): Verdict {
  return {
    kind: 'too-many-requests',
    sentence:
      'Grafana, or a proxy before it, asks for fewer requests: nothing to do, the monitor waits as long as it was asked to',
    tryAgain: retryAfterMs === undefined ? 'backoff' : { afterMs: retryAfterMs },
    hopeless: true,
  };
}

/** A 500 may be about one thing only, as of a data source that Grafana cannot save: the rest is still tried. */
function failedVerdict(status: number, retryAfterMs: number | undefined): Verdict {
  return {
    kind: 'grafana-failed',
    sentence: "Grafana, or a proxy before it, failed: see Grafana's own log",
    tryAgain: retryAfterMs === undefined ? 'backoff' : { afterMs: retryAfterMs },
    ...(status !== 500 && { hopeless: true }),
  };
}

function movedVerdict(location: string | undefined): Verdict {
  const where = location === undefined ? 'somewhere else' : `to ${clean(location).slice(0, SAID_CHARS_MAX)}`;
  return {
    kind: 'moved',
    sentence: `the answer is a redirect ${where}, and the key is not sent to another address: give Grafana's final address as --grafana-url`,
    tryAgain: 'slowly',
    hopeless: true,
  };
}

const TLS = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME|ERR_SSL|ERR_TLS|EPROTO/;

function connectionVerdict(code: string): Verdict {
  return { kind: 'no-connection', sentence: connectionSentence(code), tryAgain: 'backoff', hopeless: true };
}

function connectionSentence(code: string): string {
  if (code === 'ECONNREFUSED') return 'nothing listens at --grafana-url: start Grafana, or correct the address';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'the host of --grafana-url is not known here: correct the name, or use its IP address';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return 'there is no route to the host of --grafana-url: check the network';
  if (code === 'TIMEOUT' || code === 'ETIMEDOUT' || (code.startsWith('UND_ERR_') && code.endsWith('_TIMEOUT'))) {
    return 'Grafana did not answer in time: check that it is up and that no firewall is in between';
  }
  if (TLS.test(code)) {
    return 'the TLS connection to Grafana failed: use http:// if it has no certificate, or name its authority in NODE_EXTRA_CA_CERTS';
  }
  return 'the connection to Grafana broke off: check that --grafana-url is right (http or https, port)';
}

/** A Retry-After header, in seconds or as a date, as milliseconds from `epochMs`; bounded, undefined when there is none or it is neither. */
export function retryAfterMs(header: string | null, epochMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - epochMs;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(ms, RETRY_AFTER_MS_MIN), RETRY_AFTER_MS_MAX);
}

/** Somebody else's words, fit for a log line. */
export function quoted(words: string): string {
  const text = clean(words);
  return text.length <= SAID_CHARS_MAX ? text : `${text.slice(0, SAID_CHARS_MAX - 1)}…`;
}

/** Control characters would let a server draw on the terminal. */
function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}
