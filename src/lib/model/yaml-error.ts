import type { YAMLParseError } from 'yaml';

/**
 * The reasons by the code of the parser. Its messages show text of the file: tags, escape sequences, whole lines. Logs and
 * gates have other readers than the file, and the text can be a secret.
 */
const reasons: Readonly<Record<YAMLParseError['code'], string>> = {
  ALIAS_PROPS: 'an alias has an anchor or a tag',
  BAD_ALIAS: 'the name of an anchor or alias is not valid',
  BAD_COLLECTION_TYPE: 'a tag does not belong to its list or map',
  BAD_DIRECTIVE: 'a line begins with `%` and is not a directive of YAML',
  BAD_DQ_ESCAPE: 'an escape sequence in double quotes is not valid',
  BAD_INDENT: 'the indentation does not fit the lines around',
  BAD_PROP_ORDER: 'an anchor or tag is on the wrong side of a `-`, `?` or `:`',
  BAD_SCALAR_START: 'a value begins with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a line has a second `: `',
  BLOCK_IN_FLOW: 'a list or map by indentation stands within brackets',
  DUPLICATE_KEY: 'a key is twice in one map',
  IMPOSSIBLE: 'the text is not YAML',
  KEY_OVER_1024_CHARS: 'a key is longer than 1,024 characters',
  MISSING_CHAR: 'a bracket, comma, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a line is not a key with a value',
  MULTIPLE_ANCHORS: 'a value has two anchors',
  MULTIPLE_DOCS: 'the text has several documents',
  MULTIPLE_TAGS: 'a value has two tags',
  NON_STRING_KEY: 'a key is a list or a map',
  RESOURCE_EXHAUSTION: 'the text is nested too deeply',
  TAB_AS_INDENT: 'the indentation is a tab; YAML takes spaces',
  TAG_RESOLVE_FAILED: 'a tag is unknown',
  UNEXPECTED_TOKEN: 'the text before has ended, and something follows',
};

/** Why a text does not parse, as a clause without text of the file. */
export function yamlErrorReason({ code, message }: Pick<YAMLParseError, 'code' | 'message'>): string {
  if (code === 'MISSING_CHAR' && message.startsWith('Missing closing')) return 'a closing quote is missing';
  return reasons[code];
}
