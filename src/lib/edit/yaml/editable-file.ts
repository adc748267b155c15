import type { Document, YAMLParseError } from 'yaml';
import { Failure } from '../../model/failure.ts';
import type { FailureCode, FailurePlace } from '../../model/failure.ts';
import { yamlErrorReason } from '../../model/yaml-error.ts';
import { maxFileBytes, maxTokens, requireSize } from './decode.ts';
import { lineIndex } from './line-index.ts';
import type { Position } from './line-index.ts';
import { refuseOtherFormats, refusePointer } from './other-formats.ts';
import { parseInSteps, TooManyTokens } from './parse.ts';
import { StructureWalk } from './structure.ts';
import type { AliasLinks, StructureProblem } from './structure.ts';
import { unreadText } from './unread-text.ts';

/** A file that was read once and is ready to be asked and edited. */
export interface EditableFile {
  /** Path of the file in the repository, for messages. */
  readonly file: string;
  readonly text: string;
  /** The text is JSON and has to stay JSON. */
  readonly json: boolean;
  readonly documents: readonly Document.Parsed[];
  readonly links: AliasLinks;
  position(offset: number): Position;
}

/**
 * Parses a file once, for any number of updates.
 *
 * @throws Failure `file-too-large`, `not-yaml`, `duplicate-key` or `too-many-aliases`, with line and column
 */
export function openFile(file: string, text: string): EditableFile {
  const steps = openInSteps(file, text);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** `openFile` in steps, between which the caller may do other work. */
export function* openInSteps(file: string, text: string): Generator<undefined, EditableFile> {
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (text.length * 3 > maxFileBytes) requireSize(file, new TextEncoder().encode(text).length);
  refuseDeepNesting(file, text);
  const position = lineIndex(text);
  refusePointer(file, text);
  const documents = yield* parse(file, text);
  yield;
  for (const { errors } of documents) {
    const [first] = errors;
    if (first) throw notYaml(file, text, first, position);
  }
  const passedOver = unreadText(text, documents);
  if (passedOver !== undefined) {
    const { line } = position(passedOver);
    throw failureAt(
      { file, position },
      'not-yaml',
      `${file} does not parse as YAML: line ${line} belongs to no key or list by its indentation.`,
      passedOver,
    );
  }
  yield;
  refuseOtherFormats({ file, position, text }, documents);
  const walk = new StructureWalk();
  for (const { contents } of documents) walk.document(contents);
  const [problem] = walk.problems;
  if (problem) throw structureFailure(file, problem, position);
  return { file, text, json: isJson(file, text), documents, links: walk, position };
}

/** A failure of a file, with the place of an offset in it. */
export function failureAt(
  { file, position }: Pick<EditableFile, 'file' | 'position'>,
  code: FailureCode,
  message: string,
  offset?: number,
): Failure {
  return new Failure(code, message, { place: { file, ...(offset === undefined ? {} : position(offset)) } });
}

/** Nested flow collections that the parser can hold without running out of stack or memory. */
const maxNesting = 2000;

// Counts brackets wherever they stand, in texts too: no honest file leaves so many of them open.
function refuseDeepNesting(file: string, text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) depth += 1;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth -= 1;
    if (depth > maxNesting) throw tooDeep({ file, ...lineIndex(text)(at) });
  }
}

function tooDeep(place: FailurePlace, cause?: unknown): Failure {
  return new Failure('not-yaml', `${place.file} is nested too deeply to be read. Write it with fewer levels.`, {
    place,
    cause,
  });
}

function* parse(file: string, text: string): Generator<undefined, readonly Document.Parsed[]> {
  try {
    const { documents, errors } = yield* parseInSteps(text);
    const [error] = errors;
    if (error) throw notYaml(file, text, error, lineIndex(text));
    return documents;
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep({ file }, error);
    if (error instanceof TooManyTokens) {
      throw new Failure(
        'file-too-large',
        `${file} has more than ${maxTokens} YAML tokens; such files are not edited. Move the image into a smaller file.`,
        { place: { file }, cause: error },
      );
    }
    throw error;
  }
}

function notYaml(file: string, text: string, error: YAMLParseError, position: (offset: number) => Position): Failure {
  const place = position(error.pos[0]);
  if (error.code === 'RESOURCE_EXHAUSTION') return tooDeep({ file, ...place });
  const lines = text.split('\n');
  const template = templateLine(lines, place.line);
  const hint =
    template === undefined
      ? 'Correct the file at that line'
      : `Line ${template} has a template action. Templates are not edited; keep the image in a values file`;
  return new Failure(
    'not-yaml',
    `${file} does not parse as YAML at ${place.line}:${place.column}: ${yamlErrorReason(error)}. ${hint}.`,
    { place: { file, ...place } },
  );
}

// A template action breaks the parse on its own line, or a control line somewhere else does.
function templateLine(lines: readonly string[], errorLine: number): number | undefined {
  if (lines[errorLine - 1]?.includes('{{')) return errorLine;
  const control = lines.findIndex((text) => text.trimStart().startsWith('{{'));
  return control < 0 ? undefined : control + 1;
}

function structureFailure(
  file: string,
  { code, message, offset, other }: StructureProblem,
  position: (offset: number) => Position,
): Failure {
  const first = other === undefined ? '' : ` (first at line ${position(other).line})`;
  const advice =
    code === 'too-many-aliases' ? 'Readers such as Helm and Argo CD refuse such a file' : 'Correct the file';
  return new Failure(code, `${file}: ${message}${first}. ${advice}.`, { place: { file, ...position(offset) } });
}

function isJson(file: string, text: string): boolean {
  if (/\.json$/i.test(file)) return true;
  if (!/^\uFEFF?\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}
