import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { deploymentStates } from '../../src/lib/model/deployment.ts';
import { failureKinds } from '../../src/lib/model/failure.ts';
import { parseBicep, parseParameters } from '../infra/read-bicep.ts';
import { commandProblem } from './check-command.ts';
import { gateBodyProblems, gateTaskProblems } from './gate-tasks.ts';
import { codeBlocks, inlineCode, type CodeBlock } from './markdown.ts';
import { routesProblems } from './routes-block.ts';
import { shellCommands } from './shell.ts';
import { loggedEvents } from './logged-events.ts';

const root = join(import.meta.dirname, '../..');
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].toSorted();
const shells = new Set(['sh', 'bash', 'shell', 'console']);
const ours = /^(?:npx )?tagrelay [a-z]|^npm (?:run |start|test)/;

function isShell({ language, text }: CodeBlock): boolean {
  return shells.has(language) || (language === '' && ours.test(text));
}

/** Runs a check over every block of a page; what it finds is told as `page:line: problem`. */
async function problemsOf(
  page: string,
  find: (markdown: string) => readonly CodeBlock[],
  check: (block: CodeBlock) => Promise<readonly string[]> | readonly string[],
): Promise<string[]> {
  const blocks = find(readFileSync(join(root, page), 'utf8'));
  const found = blocks.map(async (block) => (await check(block)).map((text) => `${page}:${block.line}: ${text}`));
  return (await Promise.all(found)).flat();
}

const places = /^(?:src|local|test|tools|bench|ui|infra|docs)\/[\w./-]+$/;

describe.each(pages)('%s', (page) => {
  test('its files and folders of the project are ones that there are', async () => {
    const missing = await problemsOf(page, inlineCode, ({ text }) =>
      places.test(text) && !existsSync(join(root, text)) ? [`${text} does not exist`] : [],
    );
    expect(missing).toEqual([]);
  });

  test('its commands are ones that there are', async () => {
    const inBlocks = await problemsOf(page, codeBlocks, (block) => (isShell(block) ? commandProblems(block.text) : []));
    const inLines = await problemsOf(page, inlineCode, ({ text }) => (ours.test(text) ? commandProblems(text) : []));
    expect([...inBlocks, ...inLines]).toEqual([]);
  });

  test('its shell blocks parse', async () => {
    const problems = await problemsOf(page, codeBlocks, ({ language, text }) =>
      shells.has(language) ? shellProblems(text) : [],
    );
    expect(problems).toEqual([]);
  });

  test('its YAML, JSON and Bicep parse, its routes load, and its gates can be asked', async () => {
    const problems = await problemsOf(page, codeBlocks, async ({ language, text }) => {
      if (language === 'yaml' || language === 'yml')
        return [...yamlProblems(text), ...routesProblems(text), ...gateTaskProblems(text)];
      if (language === 'json') return jsonProblems(text);
      if (language === 'bicep') return bicepProblems(text);
      return [];
    });
    expect(problems).toEqual([]);
  });

  test('its queries ask for events that are logged', async () => {
    const events = loggedEvents();
    const problems = await problemsOf(page, codeBlocks, ({ language, text }) =>
      language === 'kusto'
        ? [...text.matchAll(/\bevent\s*(?:==|in)\s*(\([^)]*\)|"[^"]*")/g)]
            .flatMap(([, list = '']) => [...list.matchAll(/"([^"]+)"/g)].map(([, event = '']) => event))
            .filter((event) => !events.has(event))
            .map((event) => `nothing logs the event ${event}`)
        : [],
    );
    expect(problems).toEqual([]);
  });

  test('its links lead somewhere', () => {
    const markdown = readFileSync(join(root, page), 'utf8');
    const links = [...markdown.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchors(readFileSync(target, 'utf8')).has(anchor);
    });
    expect(broken.map((link) => `${page}: ${link}`)).toEqual([]);
  });
});

test('README.md and docs/api.md have every endpoint that the app registers', () => {
  const main = readFileSync(join(root, 'src/main.ts'), 'utf8');
  const registered = /\b(?:app\.(\w+)|open)\('[^']+', \{\s*(?:method: '(\w+)',\s*)?route: '([^']+)'/g;
  const endpoints = [...main.matchAll(registered)].map(
    ([, verb = 'get', method = verb, route = '']) => `\`${method.toUpperCase()} /api/${route}\``,
  );
  expect(endpoints.length).toBeGreaterThan(22);
  expect(endpoints).toContain('`DELETE /api/freezes`');
  for (const page of ['README.md', 'docs/api.md']) {
    const text = readFileSync(join(root, page), 'utf8');
    expect(endpoints.filter((endpoint) => !text.includes(endpoint)).map((endpoint) => `${page}: ${endpoint}`)).toEqual(
      [],
    );
  }
});

test('ARCHITECTURE.md names files and rooms that there are', () => {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const named = [...page.matchAll(/(?<![\w/.-])((?:[\w-]+\/)+(?:[\w-]+\.ts)?)(?![\w/])/g)].map(([, path = '']) => path);
  expect(named).toContain('delivery/');
  const places = ['', 'src', 'src/lib'].map((folder) => join(root, folder));
  expect(named.filter((path) => !places.some((place) => existsSync(join(place, path))))).toEqual([]);
});

test('docs/concepts.md and docs/api.md have every state of a deployment', () => {
  for (const page of ['docs/concepts.md', 'docs/api.md']) {
    const text = readFileSync(join(root, page), 'utf8');
    expect(
      deploymentStates.filter((state) => !text.includes(`\`${state}\``)).map((state) => `${page}: ${state}`),
    ).toEqual([]);
  }
});

test('docs/README.md lists every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const listed = new Set([...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page = '']) => page));
  const own = pages.flatMap((page) => (/^docs\/([\w-]+\.md)$/.exec(page) ?? []).slice(1));
  expect(own.filter((page) => page !== 'README.md' && !listed.has(page))).toEqual([]);
});

test('docs/troubleshooting.md leads to every failure', () => {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  expect(Object.keys(failureKinds).filter((code) => !page.includes(`[\`${code}\`](errors.md#${code})`))).toEqual([]);
});

test('the bodies of gates that docs/pipelines.md shows are understood', async () => {
  const blocks = await problemsOf('docs/pipelines.md', codeBlocks, ({ language, text }) =>
    language === 'json' ? gateBodyProblems(text) : [],
  );
  const lines = await problemsOf('docs/pipelines.md', inlineCode, ({ text }) =>
    text.startsWith('{ "') ? gateBodyProblems(text) : [],
  );
  expect([...blocks, ...lines]).toEqual([]);
});

test('the pipeline of the demo asks at a gate', () => {
  const pipeline = readFileSync(join(root, 'local/seed/checkout/azure-pipelines.yml'), 'utf8');
  expect(gateTaskProblems(pipeline)).toEqual([]);
});

test.each(readdirSync(join(root, 'docs/examples')))('the example %s loads', (name) => {
  expect(routesProblems(readFileSync(join(root, 'docs/examples', name), 'utf8'))).toEqual([]);
});

/** A pipeline with a gate, of which a test says the rest. */
function pipelineWith(job: string, input: string): string {
  return `
jobs:
  - job: rollout
    ${job}
    steps:
      - task: AzureFunction@2
        inputs:
          function: https://x.azurewebsites.net/api/gates
          body: '{ "environment": "dev", "buildId": 1 }'
          ${input}
`;
}

describe('what is found', () => {
  test('a command, an option and a file that there are not', () => {
    expect(commandProblem(['npx', 'tagrelay', 'chek'])).toContain('chek');
    expect(commandProblem(['npx', 'tagrelay', 'plan', '--rutes', 'x'])).toContain('--rutes');
    expect(commandProblem(['npm', 'run', 'nothing'])).toContain('nothing');
    expect(commandProblem(['npm', 'start', '--', '--twice'])).toContain('--twice');
    expect(commandProblem(['kubectl', 'apply', '-f', 'infra/none.yaml'])).toContain('infra/none.yaml');
    expect(commandProblem(['npx', 'tagrelay', 'replay', '--id', 'x'])).toBeUndefined();
  });

  test('words of a shell text: quotes, continued lines, pipes, comments, here-documents', () => {
    const text = `A=1 az x --name "a b" \\\n  --y 'c d' | jq . # no\ncat <<E > f\nnpx tagrelay none\nE\nnpm ci && npm start\n`;
    expect(shellCommands(text)).toEqual([
      { words: ['az', 'x', '--name', 'a b', '--y', 'c d'], line: 0 },
      { words: ['jq', '.'], line: 0 },
      { words: ['cat', '<<E', '>', 'f'], line: 2 },
      { words: ['npm', 'ci'], line: 5 },
      { words: ['npm', 'start'], line: 5 },
    ]);
  });

  test('a task that does not wait, and a gate that is not asked for what there is', () => {
    expect(gateTaskProblems(pipelineWith('pool: server', "waitForCompletion: 'true'"))).toEqual([]);
    expect(gateTaskProblems(pipelineWith('pool: server', 'key: x'))).toEqual([
      expect.stringContaining('does not wait'),
    ]);
    expect(gateTaskProblems(pipelineWith('timeoutInMinutes: 30', 'kee: x'))).toEqual([
      expect.stringContaining('kee'),
      expect.stringContaining('does not wait'),
      expect.stringContaining('agent'),
      expect.stringContaining('30 minutes'),
    ]);
    expect(gateBodyProblems('{ "environment": "dev" }')).toEqual([expect.stringContaining('buildId')]);
    expect(gateBodyProblems('{ "environment": "dev", "tag": "$(Build.BuildId)" }')).toEqual([
      expect.stringContaining('route'),
    ]);
  });

  test('routes that do not load, and YAML that does not parse', async () => {
    const whole = 'defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops }\n';
    expect(routesProblems(`${whole}routes: { a: { image: contoso.azurecr.io/a } }`)).not.toEqual([]);
    expect(routesProblems('routes: { a: { imag: contoso.azurecr.io/a } }')).not.toEqual([]);
    expect(routesProblems('routes: { a: { image: contoso.azurecr.io/a } }')).toEqual([]);
    expect(yamlProblems('a: [')).not.toEqual([]);
    expect(jsonProblems('{ "a": … }')).not.toEqual([]);
    expect(jsonProblems('{ "a": { … }, "b": [ … ] }')).toEqual([]);
    expect(await shellProblems('if then')).not.toEqual([]);
  });
});

function commandProblems(text: string): string[] {
  return shellCommands(text).flatMap(({ words, line }) => {
    const problem = commandProblem(words);
    return problem === undefined ? [] : [line === 0 ? problem : `${problem} (line ${line + 1} of the block)`];
  });
}

async function shellProblems(text: string): Promise<string[]> {
  return promisify(execFile)('bash', ['-n', '-c', text]).then(
    () => [],
    ({ stderr }: { stderr: string }) => [stderr.trim()],
  );
}

function yamlProblems(text: string): string[] {
  return parseAllDocuments(text).flatMap(({ errors }) => errors.map(({ message }) => message));
}

async function bicepProblems(text: string): Promise<string[]> {
  const { faults } = await (/^param \w+ =/m.test(text) ? parseParameters(text) : parseBicep(text));
  return faults.map((fault) => `no Bicep at ${fault} of the block`);
}

/** JSON, in which `{ … }` and `[ … ]` stand for what is left out, and a page may write `"name"?` for what may be. */
function jsonProblems(text: string): string[] {
  try {
    JSON.parse(text.replaceAll(/([{[])\s*…\s*([}\]])/g, '$1$2'));
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** The anchors of a page's headings, as Git hosts make them. */
function anchors(markdown: string): Set<string> {
  return new Set(
    [...markdown.matchAll(/^#+\s+(.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
