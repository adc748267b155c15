import { startStorage } from '../../../local/storage/storage.ts';

// Keeps storage in the folder of its first argument until it is killed; says its connection string.
const storage = await startStorage({ directory: process.argv[2] ?? '' });
process.stdout.write(`${storage.connectionString}\n`);
setInterval(() => undefined, 60_000);
