import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OWN_EXTENSION } from '../own-extension.ts';

/** A bundle, or where one lies. */
export type Bundle = WorkflowBundle | { readonly codePath: string };

let bundle: Promise<Bundle> | undefined;

/** The workflows, as one script: the one that the package brings, else bundled once per process. */
export function workflowBundle(): Promise<Bundle> {
  bundle ??= existsSync(PACKAGED) ? Promise.resolve({ codePath: PACKAGED }) : bundleWorkflows();
  return bundle;
}

/** Made by tools/build.mjs; a clone has none, so that its workflows are always those of its sources. */
const PACKAGED = fileURLToPath(new URL('./workflow-bundle.cjs', import.meta.url));

/** Bundle the workflows anew. */
export function bundleWorkflows(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(`../workflows/index${OWN_EXTENSION}`, import.meta.url)),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
}
