import { ProjectVisibility } from 'azure-devops-node-api/interfaces/CoreInterfaces.js';
import {
  GitObjectType,
  GitRefUpdateStatus,
  VersionControlChangeType,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';

/** Fields that the client package holds as numbers and the service writes as names. */
const enumFields: Readonly<Record<string, Readonly<Record<number | string, string | number>>>> = {
  gitObjectType: GitObjectType,
  updateStatus: GitRefUpdateStatus,
  changeType: VersionControlChangeType,
  visibility: ProjectVisibility,
};

/** Writes a body that has the shape of the client package's interfaces as the service does: enums by name, dates in UTC. */
export function toWireJson(body: unknown): string {
  return JSON.stringify(body, function (this: unknown, key, value: unknown) {
    const original = isRecord(this) ? this[key] : undefined;
    if (original instanceof Date) return original.toISOString().replace('.000Z', 'Z');
    if (typeof value === 'number') return enumName(key, value) ?? value;
    if (key === 'changeCounts' && isRecord(value)) return byChangeType(value);
    return value;
  });
}

/** `add`, or `delete, sourceRename` where several flags are set. */
function enumName(field: string, value: number): string | undefined {
  const names = enumFields[field];
  if (names === undefined) return undefined;
  const name = names[value];
  if (typeof name === 'string') return lowerFirst(name);
  const flags = [...Array(32).keys()].map((bit) => 2 ** bit).filter((flag) => (value & flag) !== 0);
  return flags.map((flag) => lowerFirst(String(names[flag] ?? flag))).join(', ');
}

function byChangeType(counts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(counts).map(([type, count]) => [VersionControlChangeType[Number(type)] ?? type, count]),
  );
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
