import { createHash } from 'node:crypto';
import { seededRandom } from '../../local/devops/faults/seeded-random.ts';
import { updateId } from '../../src/lib/model/tag-update.ts';
import { kinds, slots } from './slots.ts';
import type { Kind, Slot, Value } from './slots.ts';

export interface ScenarioOptions {
  readonly seed: number;
  /** Tag updates, at least; one push of a numeric image makes two. */
  readonly updates: number;
  readonly branches: number;
}

/** One image that was pushed to the registry. */
export interface ImagePush extends Value {
  readonly branch: string;
  readonly kind: Kind;
  readonly digest: string;
  /** Place in the order of the kind's tag policy; of equals the later push is newer. */
  readonly rank: number;
  /** ISO 8601. */
  readonly pushedAt: string;
}

/** What one push asks of one slot of its branch. */
export interface AskedUpdate {
  readonly id: string;
  readonly route: string;
  readonly slot: Slot;
  readonly push: ImagePush;
}

/** A person's commit. */
export interface PlannedEdit {
  readonly branch: string;
  readonly slot: Slot;
  /** `revert`: back to what an older commit had; `newer`: a tag above all; `odd`: one that the policy cannot order. */
  readonly action: 'revert' | 'newer' | 'odd';
  /** When, as a part of the sending time. */
  readonly at: number;
}

export interface Scenario {
  readonly branches: readonly string[];
  readonly pushes: readonly ImagePush[];
  readonly updates: readonly AskedUpdate[];
  /** The pushes in the order in which their webhooks are sent: late, early, and some more than once. */
  readonly webhooks: readonly ImagePush[];
  readonly edits: readonly PlannedEdit[];
}

const firstPushAt = Date.parse('2026-01-01T00:00:00Z');

/** Everything that will be asked for; the same for the same seed. */
export function makeScenario({ seed, updates: wanted, branches: count }: ScenarioOptions): Scenario {
  const random = seededRandom(seed);
  const branches = Array.from({ length: count }, (_, index) => `b${String(index).padStart(2, '0')}`);
  const pushes: ImagePush[] = [];
  const updates: AskedUpdate[] = [];
  for (let round = 1; updates.length < wanted; round += 1) {
    for (const branch of branches) {
      for (const kind of kinds) {
        const push = nextPush(branch, kind, round, pushes, random);
        pushes.push(push);
        updates.push(...askedUpdates(push));
      }
    }
  }
  return { branches, pushes, updates, webhooks: shuffle(pushes, random), edits: planEdits(branches, random) };
}

function nextPush(
  branch: string,
  kind: Kind,
  round: number,
  before: readonly ImagePush[],
  random: () => number,
): ImagePush {
  const hex = Math.floor(random() * 0xfffffff)
    .toString(16)
    .padStart(7, '0');
  const last = before.findLast((push) => push.branch === branch && push.kind === kind);
  const repeats = random() < 0.15 && last !== undefined;
  const pushedAt = new Date(firstPushAt + before.length * 1000).toISOString();
  const named = (tag: string, rank: number): ImagePush => ({
    branch,
    kind,
    tag,
    rank,
    pushedAt,
    digest: digestOf(hex),
  });
  switch (kind) {
    case 'numeric':
      // Two builds of one number: equal by the order.
      return repeats ? named(`main-${last.rank}-${hex}`, last.rank) : named(`main-${round}-${hex}`, round);
    case 'semver':
      return random() < 0.3 ? named(`1.${round}.0-rc.1`, round * 2 - 1) : named(`1.${round}.0`, round * 2);
    case 'newest':
      return named(`r${hex}`, round);
    case 'calver':
      return named(`2026.01.${String(round).padStart(2, '0')}`, round);
    case 'pinned':
      // The same tag with another digest: a rebuild.
      return repeats ? named(last.tag, last.rank) : named(`main-${round}`, round);
    default:
      return kind satisfies never;
  }
}

/** The value that every slot has before the first push. */
export function firstValue(kind: Kind): Value {
  const digest = kind === 'pinned' ? { digest: digestOf('first') } : {};
  return {
    tag: { numeric: 'main-0-0000000', semver: '0.1.0', newest: 'r0', calver: '2026.01.00', pinned: 'main-0' }[kind],
    ...digest,
  };
}

/** The tag that a person puts above all others, or one that no policy knows. */
export function personsValue(kind: Kind, action: 'newer' | 'odd'): Value {
  const digest = kind === 'pinned' ? { digest: digestOf(action) } : {};
  const newer = {
    numeric: 'main-1000-fffffff',
    semver: '9.0.0',
    newest: 'by-hand',
    calver: '2099.01.01',
    pinned: 'main-1000',
  };
  return { tag: action === 'odd' ? 'hotfix' : newer[kind], ...digest };
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function askedUpdates(push: ImagePush): AskedUpdate[] {
  const route = `${push.kind}/${push.branch}`;
  const image = { registry: 'contoso.azurecr.io', repository: route, tag: push.tag, digest: push.digest };
  return slots
    .filter(({ kind }) => kind === push.kind)
    .map((slot) => ({ id: updateId(route, slot.environment, image, push.kind === 'pinned'), route, slot, push }));
}

/** Each webhook comes up to two rounds early or late, and every seventh once more. */
function shuffle(pushes: readonly ImagePush[], random: () => number): ImagePush[] {
  const spread = pushes.length / 4;
  const placed = pushes.flatMap((push, index) => {
    const place = index + (random() - 0.5) * spread;
    return random() < 1 / 7
      ? [
          { push, place },
          { push, place: place + random() * spread },
        ]
      : [{ push, place }];
  });
  return placed.toSorted((a, b) => a.place - b.place).map(({ push }) => push);
}

function planEdits(branches: readonly string[], random: () => number): PlannedEdit[] {
  const edits = branches.map((branch): PlannedEdit => {
    const slot = slots[Math.floor(random() * slots.length)] ?? slots[0];
    if (!slot) throw new Error('there are no slots');
    const chance = random();
    return { branch, slot, action: chance < 0.6 ? 'revert' : chance < 0.8 ? 'odd' : 'newer', at: 0.1 + random() * 0.9 };
  });
  return edits.toSorted((a, b) => a.at - b.at);
}
