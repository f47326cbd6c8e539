// What a template says of a replica that is a container, beside what it says of the slave: image and limits.
import { byteSizeFrom } from '../../common/config/values.ts';
import { readSlaveTemplate, SLAVE_FIELDS, type SlaveTemplate } from './template.ts';
import type { TemplateFields } from './template-fields.ts';

/** A template with its defaults filled in. */
export interface DockerTemplate extends SlaveTemplate {
  readonly image: string;
  /** Runs the slave in the image, whose own ENTRYPOINT does so when it is empty; the options of the slave follow. */
  readonly entrypoint: readonly string[];
  /** What the container may hold, and no swap beside it; 0 is no limit. */
  readonly memoryBytes: number;
  /** How many processors' time it may use; 0 is no limit. */
  readonly cpus: number;
  /** Of the container, beside those by which it is known again. */
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
}

const MEMORY_DEFAULT = '256MB';
const CPUS_DEFAULT = 0.5;
const CPUS_MAX = 1024;
/** Without any a slave finds no master: of use where its way out is another one. */
const NETWORKS = ['host', 'none'];
/** Docker takes no less. */
const readMemory = byteSizeFrom(6 * 1024 ** 2);
/** Labels that begin so are Lanyard's own. */
const OWN_LABELS = 'lanyard.';

/** Reads the whole template of a group. Throws BAD_OPTION with a sentence that names the file and the field. */
export function readDockerTemplate(fields: TemplateFields, group: string): DockerTemplate {
  fields.only([...SLAVE_FIELDS, 'image', 'entrypoint', 'memory', 'cpus', 'labels', 'network']);
  return {
    ...readSlaveTemplate(fields, group),
    image: fields.text('image', isImage, IMAGE) ?? fields.wrong('image', IMAGE, undefined),
    entrypoint: fields.texts('entrypoint'),
    memoryBytes: readMemory(fields.option('memory', readMemory) ?? MEMORY_DEFAULT),
    cpus: fields.number('cpus', 0, CPUS_MAX, 'number') ?? CPUS_DEFAULT,
    labels: fields.pairs('labels', (name) => name !== '' && !name.startsWith(OWN_LABELS)),
    network: fields.text('network', (text) => NETWORKS.includes(text), NETWORKS.join(' or ')) ?? 'host',
  };
}

const IMAGE = 'the name of an image, such as web-replicas:1';

/** A name that Docker can be asked for: no blanks, nothing that could be an option. */
function isImage(text: string): boolean {
  return /^[A-Za-z0-9][\w./:@-]{0,254}$/.test(text);
}
