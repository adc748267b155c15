/** Loaded with the first message, in a file of its own beside the bundle. */
export { TableClient } from '@azure/data-tables';
export { BlobServiceClient } from '@azure/storage-blob';
export { QueueServiceClient } from '@azure/storage-queue';
