import { auditCommand } from './app/audit.ts';
import { freezeCommand, unfreezeCommand } from './app/freeze.ts';
import { markCommand } from './app/mark.ts';
import { promoteCommand } from './app/promote.ts';
import { rebuildCommand } from './app/rebuild.ts';
import { replayCommand } from './app/replay.ts';
import { reportCommand } from './app/report.ts';
import { rollbackCommand } from './app/rollback.ts';
import { sendCommand } from './app/send.ts';
import { statusCommand } from './app/status.ts';
import { checkCommand } from './check.ts';
import type { Command } from './command.ts';
import { connectCommand } from './connect/connect.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { historyCommand } from './history.ts';
import { initCommand } from './init.ts';
import { planCommand } from './plan.ts';
import { settingsCommand } from './settings.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  checkCommand,
  planCommand,
  initCommand,
  settingsCommand,
  sendCommand,
  statusCommand,
  replayCommand,
  rebuildCommand,
  promoteCommand,
  rollbackCommand,
  reportCommand,
  auditCommand,
  historyCommand,
  markCommand,
  freezeCommand,
  unfreezeCommand,
  connectCommand,
  doctorCommand,
];
