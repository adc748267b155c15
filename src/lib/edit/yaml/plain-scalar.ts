// The texts that YAML 1.1 (https://yaml.org/type/), YAML 1.2's core schema and go-yaml (resolve.go) do not read as
// text. Where the three differ, each of them counts.
const keywords = /^(?:~|null|true|false|yes|no|on|off|y|n|[-+]?\.inf|\.nan|<<|=)$/i;
const integers = /^[-+]?(?:0b[01]*|0o?[0-7]*|0x[0-9a-f]*|[0-9]+)$/i;
// Some readers of YAML 1.1 ask for no digit before the point or the exponent.
const floats = /^[-+]?[0-9]*(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?$/i;
const sexagesimals = /^[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?$/;
const dates = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:$|[Tt ])/;

/** Whether a plain scalar with this text is a string to readers of YAML 1.1 and 1.2 alike. */
export function readsAsString(text: string): boolean {
  if (text === '' || keywords.test(text) || dates.test(text)) return false;
  // YAML 1.1 lets digits be grouped with `_`.
  const digits = text.startsWith('_') ? text : text.replaceAll('_', '');
  return !integers.test(digits) && !floats.test(digits) && !sexagesimals.test(digits);
}

/** Whether the text may stand without quotes; in a flow collection fewer characters may. */
export function mayBePlain(text: string, flow: boolean): boolean {
  if (!/^[\x20-\x7e]+$/.test(text) || text.trim() !== text) return false;
  if (/^(?:[,[\]{}#&*!|>'"%@`]|[-?:](?:\s|$)|---|\.\.\.)/.test(text)) return false;
  if (/:(?:\s|$)|\s#/.test(text)) return false;
  return !flow || (!/[,[\]{}?]/.test(text) && !/^[-:]/.test(text));
}
