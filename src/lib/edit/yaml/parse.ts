import { Composer, Lexer, Parser } from 'yaml';
import type { CST, Document, YAMLParseError } from 'yaml';
import { maxTokens } from './decode.ts';

/** A text has more tokens than may be parsed. */
export class TooManyTokens extends Error {
  override readonly name = 'TooManyTokens';
}

export interface Parsed {
  readonly documents: readonly Document.Parsed[];
  /** Errors of a text without a document. */
  readonly errors: readonly YAMLParseError[];
}

/** Tokens between two steps: about a millisecond. */
const tokensPerStep = 1000;

/** A document has a schema and directives of its own, which cost as much as so many tokens. */
const tokensPerDocument = 20;

/**
 * Parses in steps, between which the caller may do other work: a token costs time and memory, a byte does not. The nodes
 * of a document are made in one step, which the limit of tokens bounds. Each line of a text counts as a token.
 *
 * The failsafe schema reads every scalar as text: types are of no use here, and `1.20` keeps its zero.
 *
 * @throws TooManyTokens
 */
export function* parseInSteps(text: string): Generator<undefined, Parsed> {
  const parser = new Parser();
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, keepSourceTokens: true, logLevel: 'silent' });
  const documents: Document.Parsed[] = [];
  // The parser counts a byte order mark as indentation, which no list at the top level may have.
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  parser.offset = start;
  let tokens = 0;
  let nextStep = tokensPerStep;
  for (const lexeme of new Lexer().lex(text.slice(start))) {
    tokens += lexeme.length > 100 ? lexeme.split('\n').length : 1;
    if (tokens > maxTokens) throw new TooManyTokens();
    if (tokens >= nextStep) {
      nextStep = tokens + tokensPerStep;
      yield;
    }
    for (const token of parser.next(lexeme)) compose(token);
  }
  yield;
  for (const token of parser.end()) compose(token);
  documents.push(...composer.end());
  return { documents, errors: documents.length === 0 ? composer.streamInfo().errors : [] };

  function compose(token: CST.Token): void {
    withoutStacks(() => {
      for (const document of composer.next(token)) {
        documents.push(document);
        tokens += tokensPerDocument;
      }
    });
  }
}

/** Every error and warning of the parser is an `Error`: their stacks were most of the time of a broken file. */
function withoutStacks(run: () => void): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
