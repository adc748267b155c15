/** Names of stages by how near to production they are; `nonprod` before `prod`, so that the longer word is found. */
const stages =
  'local sandbox sbx lab poc alpha dev develop development int integration nonprod nonproduction test tst testing beta sit qa qat uat acc accept acceptance demo perf performance load training stage staging stg hotfix preview preprod preproduction pre ppe dr prd prod production live'.split(
    ' ',
  );
const lastForTrying = stages.indexOf('demo');

const region =
  '(?:(?:north|south|east|west|central)+(?:europe|us|asia|india|africa|uk|germany|france)?[0-9]?|(?:uk|us|japan|canada|brazil|france|germany|switzerland|sweden|norway|australia|korea|india)(?:north|south|east|west|central)+[0-9]?|(?:eu|us|ap|ca|sa|me|af)[-_.](?:north|south|east|west|central)+[-_.]?[0-9]|weu|neu|we|ne|eus2?|wus[23]?|cus|scus|ncus|sea|eas|uks|ukw|frc|gwc|dewc|chn|swn|sdc|sec|aue|jpe|eu|us|uk|de|nl|fr|pl|se|dk|ch|gb|jp|kr|sg|cn|br|au|ca|emea|apac|amer|asia|blue|green)';
// `non-prod` and `pre-prod` are one word each.
const stage = `(?:(?:non|pre)[-_]prod(?:uction)?|${stages.toSorted((a, b) => b.length - a.length).join('|')})[0-9]{0,3}`;
const affix = `(?:${region}|[0-9]{1,3})`;
const separator = '[-_.]';
const withRegions = (word: string): RegExp =>
  new RegExp(
    `(?<![A-Za-z0-9])(?:${region}${separator})?${word}(?:${separator}${affix}(?![A-Za-z0-9]))*(?![A-Za-z0-9])`,
    'gi',
  );
const inSegment = withRegions(stage);
/** The stages that a letter stands for: `d1`, `q`, `p2`. */
const initials: Readonly<Record<string, string>> = {
  d: 'dev',
  i: 'integration',
  t: 'test',
  q: 'qa',
  u: 'uat',
  a: 'acceptance',
  s: 'staging',
  p: 'prod',
};
const initialInSegment = withRegions(`[${Object.keys(initials).join('')}][0-9]{0,2}`);
const wholeRegion = new RegExp(`^${region}$`, 'i');

/** A part of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The names of environments in a segment of a path: `dev1` in `values.azure.dev1`, `prod-weu` in `prod-weu`. */
export function environmentWords(segment: string): readonly Span[] {
  return spansOf(segment, inSegment);
}

/**
 * Words of one letter and perhaps digits that can name an environment: `d1`, `p-weu`. They do where the word in the same
 * place of another text is another stage (`isOtherStage`).
 */
export function initialWords(segment: string): readonly Span[] {
  return spansOf(segment, initialInSegment);
}

/** Whether two names mean different stages: `d1` and `prd`, not `d1` and `d2`. */
export function isOtherStage(a: string, b: string): boolean {
  return [a, b].every((name) => rank(name) < stages.length) && !isSameRank(a, b);
}

function spansOf(text: string, pattern: RegExp): readonly Span[] {
  return Array.from(text.matchAll(pattern), (match) => ({ start: match.index, end: match.index + match[0].length }));
}

export function isRegion(segment: string): boolean {
  return wholeRegion.test(segment);
}

/** Words for what all environments share. */
export function isShared(word: string): boolean {
  return /^(?:bases?|commons?|defaults?|globals?|shared|all|charts?|helm|templates?|components?|values?|library|lib)$/i.test(
    word,
  );
}

/** Compares names of environments by how near to production they are. */
export function compareEnvironments(a: string, b: string): number {
  return rank(a) - rank(b) || Number(a > b) - Number(a < b);
}

/** Whether two environments are equally near to production: `dev-weu` and `dev-neu`, `dev1` and `dev2`. */
export function isSameRank(a: string, b: string): boolean {
  return rank(a) === rank(b);
}

/**
 * Whether the name of an environment means a trial stage, where changes need no review. A letter means one only beside
 * another stage.
 */
export function isForTrying(name: string, others: readonly string[]): boolean {
  const isSure = ranksOf(name, (word) => word).length > 0 || others.some((other) => isOtherStage(name, other));
  return isSure && rank(name) <= lastForTrying;
}

/** The word that is nearest to production decides; a letter counts where there is no word. */
function rank(name: string): number {
  const ranks = ranksOf(name, (word) => word);
  const all = ranks.length > 0 ? ranks : ranksOf(name, (word) => initials[word] ?? '');
  return all.length === 0 ? stages.length : Math.max(...all);
}

function ranksOf(name: string, stageOf: (word: string) => string): readonly number[] {
  return name
    .toLowerCase()
    .replaceAll(/(non|pre)[-_]prod/g, '$1prod')
    .split(/[-_.]/)
    .map((word) => stages.indexOf(stageOf(word.replace(/\d+$/, ''))))
    .filter((found) => found >= 0);
}
