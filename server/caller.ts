import type { FastifyRequest } from 'fastify';
import type { Writer } from '../store/types.ts';

/** Who writes by this request, as the audit trail names it. */
export function writerOf(_request: FastifyRequest): Writer {
  return { name: 'api' };
}
