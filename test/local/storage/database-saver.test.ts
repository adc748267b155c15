import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LokiDatabase } from '../../../local/storage/azurite.ts';
import { DatabaseSaver } from '../../../local/storage/database-saver.ts';

/** A database that holds a text and counts how often it is captured. */
class TextDatabase implements LokiDatabase {
  readonly filename: string;
  autosave = true;
  captures = 0;
  #text = '';
  #changed = false;

  constructor(filename: string) {
    this.filename = filename;
  }

  write(text: string): void {
    this.#text = text;
    this.#changed = true;
  }

  autosaveDisable(): void {
    this.autosave = false;
  }

  autosaveDirty(): boolean {
    return this.#changed;
  }

  autosaveClearFlags(): void {
    this.#changed = false;
  }

  serialize(): string {
    this.captures += 1;
    return this.#text;
  }
}

let directory: string;
let bodies: TextDatabase;
let messages: TextDatabase;
let saver: DatabaseSaver;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tagrelay-saver-'));
  bodies = new TextDatabase(join(directory, 'bodies'));
  messages = new TextDatabase(join(directory, 'messages'));
  saver = new DatabaseSaver([bodies, messages]);
});

afterEach(() => rm(directory, { recursive: true }));

const saved = (): Promise<string> => readFile(messages.filename, 'utf8');

it('saves what has changed, and nothing where nothing has', async () => {
  expect(saver.settle()).toBeUndefined();
  messages.write('one');
  await saver.settle();
  expect([await saved(), messages.captures, bodies.captures]).toEqual(['one', 1, 0]);
  expect(saver.settle()).toBeUndefined();
});

it('lets changes that come during a save share the next one', async () => {
  messages.write('one');
  const first = saver.settle();
  const reader = saver.settle();
  const later = ['two', 'three', 'four'].map((text) => {
    messages.write(text);
    return saver.settle();
  });
  await Promise.all([first, reader, ...later]);
  expect([await saved(), messages.captures]).toEqual(['four', 2]);
});

it('captures all databases at one instant', async () => {
  bodies.write('body of one');
  messages.write('one');
  const first = saver.settle();
  bodies.write('body of two');
  messages.write('two');
  await first;
  expect([await readFile(bodies.filename, 'utf8'), await saved()]).toEqual(['body of one', 'one']);
  await saver.settle();
  expect([await readFile(bodies.filename, 'utf8'), await saved()]).toEqual(['body of two', 'two']);
});

it('tells those who wait that a save failed, and saves all of it the next time', async () => {
  await mkdir(`${messages.filename}~`);
  messages.write('one');
  await expect(saver.settle()).rejects.toMatchObject({ code: 'EISDIR' });
  await rm(`${messages.filename}~`, { recursive: true });
  await saver.settle();
  expect(await saved()).toBe('one');
});

it('saves at its end, and not after it', async () => {
  messages.write('one');
  await saver.close();
  expect(await saved()).toBe('one');
  messages.write('two');
  await expect(saver.settle()).rejects.toThrow('closed');
  expect(await saved()).toBe('one');
});
