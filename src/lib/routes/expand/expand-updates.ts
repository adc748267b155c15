import type { Path } from '../../model/value-path.ts';
import type { FileEdit } from '../../model/file-edit.ts';
import { filePathProblem } from './file-path.ts';
import { expandPath } from './path-template.ts';
import type { Step } from '../read/source-map.ts';
import { updateKinds, type UpdateSettings } from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';
import { expandPlaceholders, imagePlaceholders, type Fault, type PlaceholderValues } from '../read/placeholders.ts';

/** Receives each problem of a field. */
export type Report = (fault: Fault, path: readonly Step[]) => void;

export interface Expansion {
  readonly words: PlaceholderValues;
  /** The placeholders that are captures of the image. */
  readonly captures: ReadonlySet<string>;
}

/** Expands the `update` list of an environment; invalid entries are omitted. */
export function expandUpdates(
  entries: readonly UpdateSettings[],
  expansion: Expansion,
  report: Report,
): readonly FileEdit[] {
  return entries.flatMap((entry, index) => {
    const update = new UpdateExpansion(entry, expansion, (fault, path) => {
      report(fault, ['update', index, ...path]);
    }).build();
    return update ? [update] : [];
  });
}

class UpdateExpansion {
  private readonly entry: UpdateSettings;
  private readonly expansion: Expansion;
  private readonly report: Report;

  constructor(entry: UpdateSettings, expansion: Expansion, report: Report) {
    this.entry = entry;
    this.expansion = expansion;
    this.report = report;
  }

  build(): FileEdit | undefined {
    const file = this.file();
    const kinds = updateKinds.filter((kind) => this.entry[kind] !== undefined);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
      const found =
        kinds.length === 0 ? 'has no update kind' : `has ${kinds.map((name) => `\`${name}\``).join(' and ')}`;
      this.report(
        {
          code: 'update-kind',
          message: `${found}; expected one of ${updateKinds.map((name) => `\`${name}\``).join(', ')}`,
        },
        [],
      );
      return undefined;
    }
    const details = this[kind]();
    return file === undefined || details === undefined
      ? undefined
      : {
          file,
          create: this.entry.create ?? false,
          ...(this.entry.adopt === true && { adopt: true }),
          ...details,
        };
  }

  private file(): string | undefined {
    const file = this.text(this.entry.file, ['file']);
    const problem = file === undefined ? undefined : filePathProblem(file);
    if (problem === undefined) return file;
    this.report({ code: 'file-invalid', message: `${formatValue(file)} ${problem}` }, ['file']);
    return undefined;
  }

  private helm() {
    const { tag, image, digest, repository } = this.entry.helm ?? {};
    const wrong = (message: string): undefined => {
      this.report({ code: 'update-kind', message }, ['helm']);
    };
    if ((tag === undefined) === (image === undefined)) {
      return wrong('expected either `tag` (the path of the tag) or `image` (the path of the whole reference)');
    }
    if (image !== undefined) {
      if (repository !== undefined)
        return wrong('has `image` and `repository`; `image` includes the repository. Use `repository` with `tag`');
      if (typeof digest === 'string')
        return wrong('has `image` and a path in `digest`; with `image` expected `digest: true`');
      const path = this.path(image, ['helm', 'image']);
      return path && { kind: 'helm' as const, values: { image: path, digest: digest ?? false } };
    }
    if (typeof digest === 'boolean')
      return wrong('has `digest` without a path; expected for example `digest: image.digest`');
    const paths = {
      tag: this.path(tag, ['helm', 'tag']),
      digest: this.path(digest, ['helm', 'digest']),
      repository: this.path(repository, ['helm', 'repository']),
    };
    return (
      paths.tag && {
        kind: 'helm' as const,
        values: {
          tag: paths.tag,
          ...(paths.digest && { digest: paths.digest }),
          ...(paths.repository && { repository: paths.repository }),
        },
      }
    );
  }

  private kustomize() {
    const name = this.text(this.entry.kustomize?.name, ['kustomize', 'name']);
    return {
      kind: 'kustomize' as const,
      ...(name !== undefined && { name }),
      digest: this.entry.kustomize?.digest ?? false,
    };
  }

  private manifest() {
    const container = this.text(this.entry.manifest?.container, ['manifest', 'container']);
    return {
      kind: 'manifest' as const,
      ...(container !== undefined && { container }),
      digest: this.entry.manifest?.digest ?? false,
    };
  }

  private application() {
    const { element: written, parameters, digest = false } = this.entry.application ?? {};
    const element = this.element(written);
    if (element === null) return undefined;
    const base = { kind: 'application' as const, ...(element && { element }) };
    if (!parameters) return { ...base, digest };
    const { tag, digest: digestName, repository, image } = parameters;
    const names = {
      tag: this.text(tag, parameterPath('tag')),
      digest: this.text(digestName, parameterPath('digest')),
      repository: this.text(repository, parameterPath('repository')),
      image: this.text(image, parameterPath('image')),
    };
    if (Object.values(parameters).every((value) => value === undefined)) {
      this.report(
        { code: 'update-kind', message: 'has no parameter; expected `tag`, `digest`, `repository` or `image`' },
        ['application', 'parameters'],
      );
    }
    return {
      ...base,
      parameters: {
        ...(names.tag !== undefined && { tag: names.tag }),
        ...(names.digest !== undefined && { digest: names.digest }),
        ...(names.repository !== undefined && { repository: names.repository }),
        ...(names.image !== undefined && { image: names.image }),
      },
      digest: digest || digestName !== undefined,
    };
  }

  private element(text: string | undefined) {
    if (text === undefined) return undefined;
    const [segment] = this.path(`[${text}]`, ['application', 'element']) ?? [null];
    if (segment === null || segment?.kind === 'member') return segment;
    this.report({ code: 'update-kind', message: `${formatValue(text)} is not KEY=VALUE, as in env=dev` }, [
      'application',
      'element',
    ]);
    return null;
  }

  private chart() {
    const dependency = this.text(this.entry.chart?.dependency, ['chart', 'dependency']);
    return dependency === undefined ? undefined : { kind: 'chart' as const, dependency };
  }

  private yaml() {
    const path = this.path(this.entry.yaml?.path, ['yaml', 'path']);
    const value = this.text(this.entry.yaml?.value, ['yaml', 'value'], imagePlaceholders);
    if (value !== undefined && !/\{(?:tag|digest)\}/.test(value)) {
      this.report(
        {
          code: 'update-kind',
          message: `${formatValue(value)} has neither \`{tag}\` nor \`{digest}\`, so no push changes it`,
        },
        ['yaml', 'value'],
      );
    }
    return path && value !== undefined ? { kind: 'yaml' as const, path, value } : undefined;
  }

  private text(template: string | undefined, at: readonly Step[], kept?: ReadonlySet<string>): string | undefined {
    if (template === undefined) return undefined;
    const expanded = expandPlaceholders(template, this.expansion.words, kept);
    if (typeof expanded === 'string') return expanded;
    this.report({ code: expanded.code, message: `${formatValue(template)} ${expanded.message}` }, at);
    return undefined;
  }

  private path(template: string | undefined, at: readonly Step[]): Path | undefined {
    if (template === undefined) return undefined;
    const path = expandPath(template, this.expansion.words, this.expansion.captures);
    if (!('code' in path)) return path;
    this.report({ code: path.code, message: `${formatValue(template)} ${path.message}` }, at);
    return undefined;
  }
}

function parameterPath(name: string): readonly Step[] {
  return ['application', 'parameters', name];
}
