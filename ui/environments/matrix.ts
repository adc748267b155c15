import { lookOf } from '../states.ts';
import type { Overview } from './overview.ts';

/** The criteria of the matrix; an empty one matches all. */
export interface MatrixFilter {
  /** The beginning of the route's name. */
  readonly route: string;
  readonly environment: string;
  /** A state; or `attention`: a person is needed; or `overwritten`. */
  readonly state: string;
  /** Whether environments are shown that the routes no longer have. */
  readonly removed: boolean;
}

export interface MatrixRow {
  readonly route: string;
  readonly cells: ReadonlyMap<string, Overview>;
}

export interface Matrix {
  readonly environments: readonly string[];
  /** Routes with one first segment; the others have the name `''`. */
  readonly groups: readonly { readonly name: string; readonly rows: readonly MatrixRow[] }[];
  readonly cells: readonly Overview[];
}

export function matrixOf(overviews: readonly Overview[], filter: MatrixFilter): Matrix {
  const cells = overviews.filter((overview) => isShown(overview, filter));
  const groups = new Map<string, Map<string, Map<string, Overview>>>();
  for (const cell of cells) {
    const rows = getOrAdd(groups, groupOf(cell.route), () => new Map<string, Map<string, Overview>>());
    getOrAdd(rows, cell.route, () => new Map<string, Overview>()).set(cell.environment, cell);
  }
  return {
    environments: [...new Set(cells.map(({ environment }) => environment))].toSorted(byStage),
    groups: [...groups].map(([name, rows]) => ({
      name,
      rows: [...rows].map(([route, found]) => ({ route, cells: found })),
    })),
    cells,
  };
}

/** Whether a person is needed. */
export function needsAttention({ deployed, next }: Overview): boolean {
  return [deployed, next].some((brief) => brief !== undefined && lookOf(brief.state).tone === 'bad');
}

/** Whether someone else has written another value since. */
export function hasDrifted({ deployed }: Overview): boolean {
  return deployed?.state === 'superseded' || deployed?.drift !== undefined;
}

function isShown(overview: Overview, { route, environment, state, removed }: MatrixFilter): boolean {
  const { deployed, next } = overview;
  if (overview.configured === false && !removed) return false;
  if (!overview.route.startsWith(route)) return false;
  if (environment !== '' && overview.environment !== environment) return false;
  if (state === 'attention') return needsAttention(overview);
  if (state === 'overwritten') return hasDrifted(overview);
  return state === '' || deployed?.state === state || next?.state === state;
}

function groupOf(route: string): string {
  const end = route.indexOf('/');
  return end < 0 ? '' : route.slice(0, end);
}

/** Names of usual stages in their order; others by name, between. */
const stages = [/^(?:dev|develop)/, /^(?:test|qa|int|ci)/, /^(?:stag|stg|uat|acc)/, /^(?:pre|perf)/];

function byStage(a: string, b: string): number {
  return stageOf(a) - stageOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function stageOf(name: string): number {
  if (/^(?:prod|prd|live)/.test(name)) return stages.length + 1;
  const stage = stages.findIndex((pattern) => pattern.test(name));
  return stage < 0 ? stages.length : stage;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
