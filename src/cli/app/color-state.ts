import type { CommandIo } from '../command.ts';
import { makeStyle } from '../style.ts';
import { isState } from '../../lib/model/deployment-states.ts';

/** Text in the colour of a state. */
export function colorState(state: string, text: string, io: CommandIo): string {
  const style = makeStyle(io);
  if (isState(state, 'failing')) return style('red', text);
  return isState(state, 'good') ? style('green', text) : text;
}
