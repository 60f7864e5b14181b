import type { FastifyRequest } from 'fastify';
import type { Writer } from '../store/types.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token it came with; absent where none is asked for. */
    caller?: string;
  }
}

/** Who writes by this request, as the audit trail names it. */
export function writerOf({ caller }: FastifyRequest): Writer {
  return { name: caller === undefined ? 'api' : `token ${caller}` };
}

/** Of routes that only who may operate may use. */
export const OPERATE = { config: { scope: 'operate' } } as const;
