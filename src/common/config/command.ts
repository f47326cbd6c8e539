// The command line of every node: a table of options in, typed values out. The only place that knows commander.
// Every option can also be given as LANYARD_<OPTION>; a bad value names the option, what was expected and what came, and exits 2.
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '../errors.ts';
import { BadValue, isSet, type ReadValue } from './values.ts';

/** One option. `help` says what it is for, in which unit, and what 0 means. */
export interface OptionSpec<T = unknown> {
  readonly flag: `--${string}`;
  /** How the value is shown in help, such as `<port>`; left out for a switch. */
  readonly value?: string;
  readonly help: string;
  readonly read: ReadValue<T>;
  /** As the user would write it; left out when there is none. */
  readonly default?: string;
  /** May be given several times. */
  readonly repeatable?: boolean;
  /** What separates them in the environment; a comma unless given. */
  readonly separator?: string;
  /** How often, at most. */
  readonly countMax?: number;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<Spec> =
  Spec extends OptionSpec<infer T>
    ? Spec extends { readonly repeatable: true }
      ? readonly T[]
      : Spec extends { readonly default: string }
        ? T
        : T | undefined
    : never;

export type OptionValues<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** What stands on the command line without a name. */
export interface ArgumentSpec {
  readonly name: string;
  readonly help: string;
  readonly read: ReadValue<unknown>;
  /** It is never shown: not as a default in help, not in an error. `read` must take any text. */
  readonly secret?: boolean;
}

export interface CommandSpec<Table extends OptionTable> {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly options: Table;
  readonly argument?: ArgumentSpec;
  /** Shown below the options. */
  readonly epilogue: string;
}

export interface ParsedCommand<Table extends OptionTable> {
  readonly options: OptionValues<Table>;
  readonly argument: unknown;
}

/** Reads the command line and the environment. Prints help or a problem and ends the process when that is all there is to do. */
export function parseCommand<Table extends OptionTable>(
  spec: CommandSpec<Table>,
  argv: readonly string[],
): ParsedCommand<Table> {
  const command = new Command(spec.name)
    .description(spec.description)
    .version(spec.version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .allowExcessArguments(false)
    .showHelpAfterError(`(${spec.name} --help lists all options)`)
    .addHelpText('after', `\n${spec.epilogue}`)
    .exitOverride();
  if (spec.argument?.secret === true) command.configureOutput({ outputError: withoutValues });
  try {
    if (spec.argument !== undefined) command.addArgument(toArgument(command, spec.argument, spec.options));
    for (const [name, option] of Object.entries(spec.options)) {
      if (option.value === undefined) readSwitchVariable(command, option.flag);
      command.addOption(toCommander(name, option));
    }
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    throw error;
  }
  const given = command.opts<Record<string, unknown>>();
  const options = Object.fromEntries(
    Object.entries(spec.options).map(([name, { flag }]) => [name, given[attributeOf(flag)]]),
  );
  return { options: options as OptionValues<Table>, argument: command.processedArgs[0] };
}

/** The environment variable of an option: `--http-port` → `LANYARD_HTTP_PORT`. */
export function variableOf(flag: string): string {
  return `LANYARD_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`;
}

function toCommander(name: string, spec: OptionSpec): Option {
  const { flag, value, help, read, repeatable = false } = spec;
  const option = new Option(value === undefined ? flag : `${flag} ${value}`, help).env(variableOf(flag));
  if (value === undefined) option.default(false, 'off');
  else if (repeatable) option.argParser(collecting(spec, variableOf(flag))).default([], 'none');
  else option.argParser(withProblem(read));
  if (spec.default !== undefined) option.default(read(spec.default), spec.default);
  if (option.attributeName() !== attributeOf(flag)) throw new Error(`option ${name}: unexpected attribute name`);
  return option;
}

/** An argument may come from the environment too: its default is then what stands there. An option of the same name goes before it. */
function toArgument(
  command: Command,
  { name, help, read, secret = false }: ArgumentSpec,
  options: OptionTable,
): Argument {
  const argument = new Argument(`[${name}]`, help).argParser(withProblem(read));
  const variable = variableOf(`--${name}`);
  const text = process.env[variable];
  const isOption = Object.values(options).some(({ flag }) => variableOf(flag) === variable);
  if (text === undefined || isOption) return argument;
  try {
    return argument.default(read(text), secret ? `from ${variable}` : text);
  } catch (error) {
    command.error(`error: value '${text}' from env '${variable}' is invalid. ${messageOf(error)}`);
  }
}

/** Commander takes any value of a switch's variable for "on"; here `false`, `0` and `no` mean off and anything odd is an error. */
function readSwitchVariable(command: Command, flag: string): void {
  const variable = variableOf(flag);
  const text = process.env[variable];
  if (text === undefined) return;
  try {
    if (!isSet(text)) Reflect.deleteProperty(process.env, variable);
  } catch (error) {
    command.error(`error: value '${text}' from env '${variable}' is invalid. ${messageOf(error)}`);
  }
}

/** Somebody may have taken the secret for an option: what follows a sign, and what looks like a key, is not shown. */
function withoutValues(text: string, write: (text: string) => void): void {
  const hidden = text.replaceAll(/(--?[\w-]+)=[^\s']+/g, '$1=…').replaceAll(/\/\/[^\s'@/]+@/g, '//…@');
  write(hidden.replaceAll(/gl[a-z]{1,3}_\w+|\w{24,}/g, '…'));
}

function attributeOf(flag: string): string {
  return new Option(flag).attributeName();
}

function withProblem<T>(read: ReadValue<T>): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw error instanceof BadValue ? new InvalidArgumentError(error.message) : error;
    }
  };
}

/** Gathers the values of a repeatable option; only in the environment several may stand in one text. */
function collecting(
  { read, countMax = Infinity, separator = ',' }: OptionSpec,
  variable: string,
): (text: string) => readonly unknown[] {
  const gathered: unknown[] = [];
  const readOne = withProblem(read);
  return (text) => {
    const values = text === process.env[variable] ? text.split(separator) : [text];
    gathered.push(...values.map(readOne));
    if (gathered.length > countMax) throw new InvalidArgumentError(`Expected at most ${countMax.toString()} of them.`);
    return [...gathered];
  };
}
