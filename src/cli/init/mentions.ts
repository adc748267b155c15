/** A reference in the text of a file, wherever it is. */
export interface Mention {
  readonly line: number;
  /** `registry/repository`. */
  readonly image: string;
  /** The tag as written, also a placeholder such as `#{TAG}#`. */
  readonly tag?: string;
}

const reference =
  /(?<![\w./@:-])([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+(?::\d+)?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::((?:[^\s"'@,\]{}]|\{+[^{}]*\}+)+))?/g;

/** Every reference with a registry in a text; comments, URLs and the `repoURL` of a chart are not searched. */
export function findMentions(text: string): readonly Mention[] {
  return text.split('\n').flatMap((line, index): readonly Mention[] =>
    Array.from(
      line.replace(/(?:^|\s)#(?!\{).*$|^\s*(?:-\s+)?repoURL:.*$/, '').matchAll(reference),
      ([, registry = '', repository = '', tag]) => ({
        line: index + 1,
        image: `${registry}/${repository}`,
        ...(tag !== undefined && { tag }),
      }),
    ),
  );
}

/** Whether a tag is written by a later step: `$TAG`, `${TAG}`, `#{TAG}#`, `__TAG__`, `{{ .tag }}`. */
export function isPlaceholder(tag: string): boolean {
  return /^\$|\$\{|\$\(|#\{|\{\{|^__\w+__$|^<.+>$|^%\w+%$/.test(tag);
}
