import type { Completion, PullRequest, PullRequests, PullRequestText } from '../../../src/lib/git/pull-requests.ts';
import type { MemoryGit } from './memory-git.ts';
import { appAuthor, failure, withFiles } from './memory-repository.ts';
import { atOnce } from './turn.ts';
import type { Turn } from './turn.ts';

export interface KeptPullRequest {
  readonly number: number;
  readonly source: string;
  readonly target: string;
  readonly openedAt: Date;
  state: 'active' | 'abandoned' | 'completed';
  /** The head when it ended. */
  endedAt?: { readonly head: string | undefined; readonly at: Date; readonly by: string };
  mergeCommit?: string;
  text: PullRequestText;
  autoCompletes: boolean;
  /** The message of the commit that the host makes when it completes it itself. */
  mergeMessage?: string;
}

/** The pull requests of a repository in memory, and what people do with them. */
export class MemoryPullRequests {
  readonly all: KeptPullRequest[] = [];
  readonly #git: MemoryGit;
  readonly #url: string;
  readonly #now: () => Date;
  /** Whether a policy of the target lets somebody complete one. */
  readonly mayComplete: (one: KeptPullRequest) => boolean;

  constructor(
    git: MemoryGit,
    url: string,
    now: () => Date,
    mayComplete: (one: KeptPullRequest) => boolean = () => true,
  ) {
    this.#git = git;
    this.#url = url;
    this.#now = now;
    this.mayComplete = mayComplete;
  }

  get(number: number): KeptPullRequest {
    const found = this.all.find((one) => one.number === number);
    if (!found) throw failure('pull-request-not-found', `There is no pull request ${number}.`);
    return found;
  }

  hasConflicts({ source, target }: Pick<KeptPullRequest, 'source' | 'target'>): boolean {
    const [head, tip] = [this.#git.branches.get(source), this.#git.branches.get(target)];
    if (head === undefined || tip === undefined) return false;
    return this.#changed(head, tip).some((path) => {
      const base = this.#base(head, tip);
      return this.#git.text(tip, path) !== this.#git.text(base, path);
    });
  }

  /** One commit on the target with the files of the source; the source branch goes. */
  complete(number: number, message: string, by: string): string {
    const one = this.get(number);
    const [head, tip] = [this.#git.branches.get(one.source), this.#git.branches.get(one.target)];
    if (one.state !== 'active' || head === undefined || tip === undefined)
      throw failure('branch-moved', 'It has ended.');
    if (this.hasConflicts(one)) throw failure('branch-moved', 'It has conflicts.');
    const source = this.#git.commit(head).tree;
    const files = this.#changed(head, tip).flatMap((path) => ({ path, content: source.get(path) ?? new Uint8Array() }));
    const tree = withFiles(this.#git.commit(tip).tree, files);
    const { id } = this.#git.add({ parents: [tip], tree, message, author: by });
    this.#git.branches.set(one.target, id);
    this.#git.branches.delete(one.source);
    this.#end(one, 'completed', head, by);
    one.mergeCommit = id;
    return id;
  }

  /** The host completes what waits for nothing else, in the name of the app. */
  completeWaiting(): void {
    for (const one of this.all) {
      if (one.state !== 'active' || !one.autoCompletes || !this.mayComplete(one) || this.hasConflicts(one)) continue;
      this.complete(one.number, one.mergeMessage ?? one.text.title, appAuthor);
    }
  }

  abandon(number: number, by: string): void {
    const one = this.get(number);
    if (one.state === 'active') this.#end(one, 'abandoned', this.#git.branches.get(one.source), by);
  }

  #end(one: KeptPullRequest, state: 'abandoned' | 'completed', head: string | undefined, by: string): void {
    one.state = state;
    one.endedAt = { head, at: this.#now(), by };
  }

  #base(head: string, tip: string): string {
    for (const { id } of this.#git.walk(head)) if (this.#git.isAncestor(id, tip)) return id;
    throw new Error('the two have nothing in common');
  }

  #changed(head: string, tip: string): readonly string[] {
    const base = this.#git.commit(this.#base(head, tip)).tree;
    return [...this.#git.commit(head).tree.keys()].filter(
      (path) => this.#git.text(head, path) !== new TextDecoder().decode(base.get(path)),
    );
  }

  #view = (one: KeptPullRequest): PullRequest => ({
    number: one.number,
    url: `${this.#url}/pullrequest/${one.number}`,
    state: one.state,
    source: one.source,
    target: one.target,
    head: one.endedAt ? one.endedAt.head : this.#git.branches.get(one.source),
    mergeCommit: one.mergeCommit,
    ...(one.state === 'completed' && one.endedAt && { completedAt: one.endedAt.at }),
    hasConflicts: one.state === 'active' && this.hasConflicts(one),
    autoCompletes: one.autoCompletes,
    createdBy: appAuthor,
  });

  /** The adapter of one process. */
  client(turn: Turn = atOnce): PullRequests {
    const git = this.#git;
    const move = (source: string, from: string | undefined, to: string | undefined): void => {
      if (git.branches.get(source) !== from) throw failure('branch-moved', `Branch ${source} has moved.`);
      if (to === undefined) git.branches.delete(source);
      else git.branches.set(source, to);
    };
    return {
      defaultBranch: () => turn('default branch', () => git.defaultBranch),
      head: (source) => turn(`head of ${source}`, () => git.branches.get(source)),
      pushSource: ({ source, from, base, message, files }) =>
        turn(`push to ${source}`, () => {
          const tree = withFiles(git.commit(base).tree, files);
          if (git.branches.get(source) !== from) throw failure('branch-moved', `Branch ${source} has moved.`);
          const { id } = git.add({ parents: [base], tree, message, author: appAuthor });
          move(source, from, id);
          return { commit: id };
        }),
      removeSource: (source, head) =>
        turn(`remove ${source}`, () => {
          if (git.branches.get(source) === head) move(source, head, undefined);
        }),
      find: (source, target, state) =>
        turn(`find the pull request of ${source}`, () => {
          const found = this.all.filter((one) => one.source === source && one.target === target);
          const active = found.find((one) => one.state === 'active');
          const last = state === 'any' ? (active ?? found.at(-1)) : active;
          return last && this.#view(last);
        }),
      listActive: (prefix) =>
        turn('list pull requests', () =>
          this.all.filter(({ state, source }) => state === 'active' && source.startsWith(prefix)).map(this.#view),
        ),
      get: (number) => turn(`get pull request ${number}`, () => this.#view(this.get(number))),
      findReviewers: (names) => turn('find reviewers', () => ({ ids: [...names], unknown: [] })),
      open: ({ source, target, title, description }) =>
        turn(`open a pull request of ${source}`, () => {
          if (this.all.some((one) => one.state === 'active' && one.source === source && one.target === target)) {
            throw failure('branch-moved', `${source} has a pull request.`);
          }
          const one: KeptPullRequest = {
            number: this.all.length + 1,
            source,
            target,
            openedAt: this.#now(),
            state: 'active',
            text: { title, description },
            autoCompletes: false,
          };
          this.all.push(one);
          return this.#view(one);
        }),
      setText: (number, text) => turn(`describe pull request ${number}`, () => void (this.get(number).text = text)),
      setAutoComplete: ({ number }, completion) =>
        turn(`set auto-complete of ${number}`, () => {
          const one = this.get(number);
          one.autoCompletes = completion !== undefined;
          if (completion) one.mergeMessage = completion.message;
          return undefined;
        }),
      complete: (number, completion: Completion) =>
        turn(`complete pull request ${number}`, () => {
          const one = this.get(number);
          if (git.branches.get(one.source) !== completion.head) throw failure('branch-moved', 'The head has moved.');
          if (!this.mayComplete(one)) return 'a branch policy of its target is not fulfilled';
          this.complete(number, completion.message, appAuthor);
          return undefined;
        }),
      abandon: (number) => turn(`abandon pull request ${number}`, () => this.abandon(number, appAuthor)),
    };
  }
}
