import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { applyChanges, findChanges, openFile } from '../src/lib/edit/edit.ts';
import { parsePath } from '../src/lib/model/value-path.ts';
import type { HelmEdit } from '../src/lib/model/file-edit.ts';

interface Sample {
  readonly name: string;
  readonly text: string;
  readonly paths: readonly string[];
}

const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: '1.2.4' };
const rounds = 41;

/*
 * One edit and a hundred edits in values files of several sizes, beside the parse alone (the floor of this approach),
 * the `yaml` package's own set and print, and mikefarah's yq where it is installed.
 * Goals: one edit costs at most 1.15 × the parse alone; 100 edits in one 300 KB file at most 1.5 × one edit.
 */
function benchEdit(): void {
  const samples = [
    { name: '3 KB', ...valuesFile(8) },
    { name: '30 KB', ...valuesFile(76) },
    { name: '300 KB', ...valuesFile(760) },
  ];
  for (const sample of samples) {
    const times = measure(candidates(sample));
    const floor = times.get('parse alone') ?? Number.NaN;
    const one = times.get('one edit') ?? Number.NaN;
    process.stdout.write(`\n${sample.name} (${sample.text.length} characters), median of ${rounds} rounds\n`);
    for (const [name, time] of times) {
      process.stdout.write(
        `  ${name.padEnd(28)} ${time.toFixed(2).padStart(8)} ms  ${(time / floor).toFixed(2)} × parse\n`,
      );
    }
    process.stdout.write(
      `  a hundred edits are ${((times.get('100 edits') ?? Number.NaN) / one).toFixed(2)} × one edit\n`,
    );
    benchYq(sample);
  }
}

function candidates({ text, paths }: Sample): ReadonlyMap<string, () => unknown> {
  const [first = ''] = paths;
  const edit = (wanted: readonly string[]) => () => {
    const file = openFile('values.yaml', text);
    const changes = wanted.flatMap((path) => findChanges(file, update(path), image));
    return applyChanges(file, changes);
  };
  return new Map<string, () => unknown>([
    ['parse alone', () => parseDocument(text)],
    ['one edit', edit([first])],
    [
      '100 edits',
      edit(Array.from({ length: 100 }, (_, index) => paths[Math.floor((index * paths.length) / 100)] ?? first)),
    ],
    [
      'yaml: set and String(doc)',
      () => {
        const document = parseDocument(text);
        document.setIn(first.split('.'), image.tag);
        return String(document);
      },
    ],
  ]);
}

// The candidates take turns, so that what else the machine does hits them alike.
function measure(candidates: ReadonlyMap<string, () => unknown>): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>();
  for (let round = -3; round < rounds; round += 1) {
    for (const [name, run] of candidates) {
      const start = performance.now();
      run();
      const time = performance.now() - start;
      if (round >= 0) times.set(name, [...(times.get(name) ?? []), time]);
    }
  }
  return new Map(Array.from(times, ([name, all]) => [name, median(all)]));
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}

function benchYq({ text, paths }: Sample): void {
  if (!spawnSync('yq', ['--version'], { encoding: 'utf8' }).stdout?.includes('mikefarah')) return;
  const directory = mkdtempSync(join(tmpdir(), 'tagrelay-bench-'));
  try {
    const file = join(directory, 'values.yaml');
    writeFileSync(file, text);
    const run = (args: readonly string[]): number => {
      const times = Array.from({ length: 9 }, () => {
        const start = performance.now();
        spawnSync('yq', args);
        return performance.now() - start;
      });
      return median(times);
    };
    const start = run(['--null-input', '1']);
    const time = run([`.${paths[0] ?? ''} = "${image.tag}"`, file]);
    process.stdout.write(
      `  ${'yq (a process each)'.padEnd(28)} ${time.toFixed(2).padStart(8)} ms  of which the process ${start.toFixed(2)} ms\n`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function update(path: string): HelmEdit {
  return { kind: 'helm', file: 'values.yaml', create: false, values: { tag: parsePath(path) } };
}

function valuesFile(services: number): Pick<Sample, 'text' | 'paths'> {
  const names = Array.from({ length: services }, (_, index) => `service${index}`);
  const text = names
    .map(
      (name, index) => `# -- ${name}: what it is for, and who to ask
${name}:
  image:
    repository: contoso.azurecr.io/shop/${name}
    tag: "1.2.3"   # set by the pipeline
    pullPolicy: IfNotPresent
  replicaCount: ${index % 5}
  resources: { requests: { cpu: 100m, memory: 128Mi }, limits: { memory: 256Mi } }
  env:
    - name: LOG_LEVEL
      value: info
    - name: URL
      value: 'https://example.com/${name}?a=b'
  ingress:
    enabled: true
    hosts: [ ${name}.example.com ]
`,
    )
    .join('\n');
  return { text, paths: names.map((name) => `${name}.image.tag`) };
}

benchEdit();
