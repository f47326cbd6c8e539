// Option values that say where services are: `web=http://127.0.0.1:5000`, and what holds for one of them or for all: `[web=]10`.
import { BadValue, type ReadValue } from '../config/values.ts';
import { printable } from '../text/printable.ts';
import { isServiceName, isTaken } from './service-name.ts';

/** Where requests of a service go. */
export interface ServiceAddress {
  /** For connecting: a name or an IP address, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** `host:port` as the URL has it, for the Host header. */
  readonly host: string;
  /** Stands before the path of each request; without a slash at its end, empty for none. */
  readonly basePath: string;
}

/** A value for the service of this name; for each that has none of its own when it is undefined. */
export interface ServiceSetting<T> {
  readonly service: string | undefined;
  readonly value: T;
}

const URL_EXPECTED = 'http://host:port, perhaps with a path, without user, password, ? and #';
const PORT_MAX = 65535;

function expected(what: string): never {
  throw new BadValue(`Expected ${what}.`);
}

/** Only http: the way to a service is not encrypted. Port 0 passes. Undefined for anything else than a plain URL. */
export function parseServiceUrl(text: string): ServiceAddress | undefined {
  const url = /^http:\/\/[^/\s]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username !== '' || url.password !== '' || url.search !== '' || /[?#\s]/.test(text)) return undefined;
  const { hostname, port, host, pathname } = url;
  const basePath = pathname.replace(/\/+$/, '');
  return { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 80 : Number(port), host, basePath };
}

/** What is wrong with such a URL, as a clause; undefined when nothing is found. */
function urlProblem(text: string): string | undefined {
  if (/\s/.test(text)) return 'a URL holds no blanks';
  if (/^https:/i.test(text)) return 'https is not supported: requests to a service are not encrypted';
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme === undefined) return 'the URL does not begin with http://';
  if (scheme.toLowerCase() !== 'http') return `${printable(scheme)} is not supported, only http`;
  const port = /^[^/?#]*:(\d+)(?:[/?#]|$)/.exec(text.slice('http://'.length))?.[1];
  return Number(port ?? 1) > PORT_MAX ? `the port is above ${PORT_MAX.toString()}` : undefined;
}

/** What is wrong with `name=url`; `problem`: with its URL. */
function misnamed(text: string, what: string, problem: string | undefined): never {
  const given = /^([^=/]*)=/.exec(text)?.[1];
  let wrong = problem;
  if (given === undefined) wrong = 'there is no name before the URL';
  else if (!isServiceName(given))
    wrong = /\s/.test(given)
      ? 'a name holds no blanks'
      : 'a name is 1 to 64 letters, digits, dots, dashes or underscores, and begins with none of dot and dash';
  throw new BadValue(`Expected ${what}${wrong === undefined ? '' : `; ${wrong}`}.`);
}

/** `web=http://127.0.0.1:5000` */
export const namedService: ReadValue<readonly [name: string, address: ServiceAddress]> = (text) => {
  const [name, url] = split(text);
  if (name !== undefined && isTaken(name))
    return expected(`another name than ${name}, which stands for the slaves' tasks`);
  const address = parseServiceUrl(url);
  if (name !== undefined && address !== undefined) return [name, address];
  return misnamed(text, `name=${URL_EXPECTED}, such as web=http://127.0.0.1:5000`, urlProblem(url));
};

/** `web=http://h1:5000,http://h2:5000` */
export const namedServers: ReadValue<readonly [name: string, addresses: readonly ServiceAddress[]]> = (text) => {
  const [name, urls] = split(text);
  if (name !== undefined && isTaken(name))
    return expected(`another name than ${name}, which stands for the slaves' tasks`);
  const addresses = urls.split(',').map(parseServiceUrl);
  const good = addresses.filter((address) => address !== undefined && address.port !== 0) as ServiceAddress[];
  if (name !== undefined && good.length === addresses.length) return [name, good];
  const what = `name=${URL_EXPECTED}, several separated by commas, such as web=http://192.0.2.7:5000`;
  const wrong = addresses.findIndex((address) => address === undefined || address.port === 0);
  const isZero = addresses[wrong]?.port === 0;
  return misnamed(text, what, isZero ? 'the port is 0, which no server has' : urlProblem(urls.split(',')[wrong] ?? ''));
};

/** `value` for all services, or `name=value` for one. */
export const forService =
  <T>(read: ReadValue<T>): ReadValue<ServiceSetting<T>> =>
  (text) => {
    const [service, value] = split(text);
    return { service, value: read(value) };
  };

/** `name=rest`; without a name before the first equals sign all of it is the rest. */
function split(text: string): readonly [name: string | undefined, rest: string] {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  return isServiceName(name) ? [name, text.slice(at + 1)] : [undefined, text];
}

/** What holds for this service: the last value of its own, else the last one for all. */
export function settingFor<T>(settings: readonly ServiceSetting<T>[], service: string): T | undefined {
  const own = settings.findLast((setting) => setting.service === service);
  return (own ?? settings.findLast((setting) => setting.service === undefined))?.value;
}

/** A service that a setting names and that is none of `names`; undefined when all are. */
export function strangeService(
  settings: readonly ServiceSetting<unknown>[],
  names: readonly string[],
): string | undefined {
  return settings.find(({ service }) => service !== undefined && !names.includes(service))?.service;
}

/** A path that is asked with GET, with its query: `/health`. It begins at the server's root. */
export const healthPath: ReadValue<string> = (text) =>
  /^\/[\x21-\x7e]{0,999}$/.test(text) && !text.includes('#') ? text : expected('a path such as /health');
