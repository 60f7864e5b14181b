import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What the Temporal Web UI can filter by; registered by platform/ or by `accord doctor`'s advice. */
export const SYNCHRONIZER = defineSearchAttributeKey('Synchronizer', SearchAttributeType.KEYWORD);
export const MODEL = defineSearchAttributeKey('Model', SearchAttributeType.KEYWORD);
export const OBJECT_ID = defineSearchAttributeKey('ObjectId', SearchAttributeType.KEYWORD);
/** syncing or waiting. */
export const SYNC_STATE = defineSearchAttributeKey('SyncState', SearchAttributeType.KEYWORD);
