import { parsePipeline } from './parse-pipeline.ts';
import type { Pipeline } from './parse-pipeline.ts';
import { scan, tokenize } from './scan.ts';
import type { Piece } from './scan.ts';

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

/** Parses the part of Go's `text/template` that the shipped template uses: output, variables, `if`, `with`, `range`, `else`. */
export function parseTemplate(template: string): readonly TemplateNode[] {
  const pieces = [...scan(template)];
  const nodes = parseNodes(pieces);
  if (pieces.length > 0) throw new SyntaxError(`{{ ${pieces[0]?.text} }} has no block.`);
  return nodes;
}

const blockPattern = /^(if|with|range)\s+(.*)$/s;

function parseNodes(pieces: Piece[]): TemplateNode[] {
  const nodes: TemplateNode[] = [];
  for (let piece = pieces[0]; piece && !isEnd(piece); piece = pieces[0]) {
    pieces.shift();
    if (piece.kind === 'text') nodes.push(piece);
    else {
      const [, kind, condition = ''] = blockPattern.exec(piece.text) ?? [];
      if (kind === undefined) nodes.push({ kind: 'print', pipeline: parsePipeline(tokenize(piece.text)) });
      else nodes.push(parseBlock(kind as 'if' | 'with' | 'range', condition, pieces));
    }
  }
  return nodes;
}

function isEnd({ kind, text }: Piece): boolean {
  return kind === 'action' && /^(?:end|else(?:\s.*)?)$/s.test(text);
}

function parseBlock(kind: 'if' | 'with' | 'range', condition: string, pieces: Piece[]): TemplateNode {
  const pipeline = parsePipeline(tokenize(condition));
  const body = parseNodes(pieces);
  const end = pieces.shift();
  if (!end) throw new SyntaxError(`{{ ${kind} ${condition} }} has no end.`);
  if (end.text === 'end') return { kind, pipeline, body, otherwise: [] };
  const [, chained, next = ''] = /^else\s+(if|with)\s+(.*)$/s.exec(end.text) ?? [];
  if (chained !== undefined)
    return { kind, pipeline, body, otherwise: [parseBlock(chained as 'if' | 'with', next, pieces)] };
  const otherwise = parseNodes(pieces);
  if (pieces.shift()?.text !== 'end') throw new SyntaxError(`The else of {{ ${kind} ${condition} }} has no end.`);
  return { kind, pipeline, body, otherwise };
}
