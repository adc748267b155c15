/** A habit that readers stumble over, with a text that has it and the advice for its author. */
export interface Habit {
  readonly avoid: RegExp;
  readonly example: string;
  readonly advice: string;
}

/** Documents, messages and comments are plain technical English: {@link Habit habits} that a pattern can find. */
export const habits: readonly Habit[] = [
  habit('(?:has|have|had)(?: not| never)? got', 'the registry has not got the tag', 'has, does not have'),
  habit('anew', 'the branch is made anew', 'again, or recreate'),
  habit('nobody', 'nobody knows the route', 'name the subject: the route is unknown; no user has …'),
  habit('whoever', 'whoever reads the status', 'name the actor: a user, the caller, another writer'),
  habit('as (?:it|they) (?:is|are|was|were)', 'the file stays as it is', 'unchanged'),
  habit('ask(?:s|ed)? for nothing', 'the event asks for nothing', 'is ignored'),
  habit('(?:go(?:es)?|going|gone|went) round', 'a replay goes round the mark', 'bypasses, ignores'),
  habit('mend(?:s|ed|ing)?', 'it says what mends it', 'fix, correct'),
  habit('tells?|telling|told', 'the sender is told', 'log, report, return, answer or show'),
  habit('says|said', 'the log says why', 'states, shows, contains, or is'),
  habit('(?:takes?|taken|took|taking) back', 'the tag was taken back', 'revert, close, remove'),
  habit('(?:puts?|putting) (?:it |them )?back', 'the update is put back', 'redeliver, restore, requeue'),
  habit('(?:gives?|given|gave|giving) way', 'the merge gives way', 'yield, or name the step'),
  habit('there may be', 'warnings there may be', 'can contain; … is allowed'),
  { avoid: /(?<=^|["\uFFFC]\s*)Not an? [a-z]+/g, example: 'Not a gate', advice: 'Invalid gate request' },
  habit('look(?:s|ed|ing)? (?:at|whether)', 'look whether it is there', 'check, read, evaluate, inspect'),
  habit('of which', 'tags, of which nothing is known', 'start a second sentence'),
  habit('(?:is|are) to be', 'the value that is to be', 'must be, or the name of the value'),
  habit(
    '(?<!there )(?:is|are|was|were) no(?! longer| more| such)',
    'the text is no event',
    'is not a …, or there is no …',
  ),
  habit('(?<!are )no more(?=[.,;:]| and)', 'It settles no more.', 'no longer, no further'),
  habit('stands? (?:in(?! for)|on|at|there|behind|before|where)', 'it stands in the file', 'is'),
  habit('heard (?:of|from)', 'it was first heard of', 'received'),
  habit('goes? away', 'it goes away again', 'is removed, is deleted'),
  habit('in vain|all the same', 'it was tried in vain', 'without effect; nevertheless; or leave it out'),
  habit('that is (?:all|it)|nothing is believed', 'a tag, and that is all', 'end at the fact'),
  {
    avoid: /(?<=[.:;]\s+|\uFFFC\s*|^\s*|\n\n)What\b(?=[^.?!\uFFFC#|]*[.\uFFFC])/g,
    example: 'It is read. What is wrong is logged.',
    advice: 'start with the thing: Problems are logged',
  },
];

/** Whole words in any case, across line breaks; a part of a hyphenated or dotted name is none. */
function habit(words: string, example: string, advice: string): Habit {
  const spaced = words.replaceAll(' ', String.raw`\s+`);
  return { avoid: new RegExp(String.raw`(?<![\w./-])(?:${spaced})(?![\w/-]|\.\w)`, 'gi'), example, advice };
}
