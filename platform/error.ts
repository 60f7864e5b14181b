export type PlatformFault =
  'E_CACHE' | 'E_PROCESS_ENDED' | 'E_POSTGRES' | 'E_TEMPORAL' | 'E_GO_MISSING' | 'E_ANSIBLE' | 'E_PYTHON';

/** A part of the platform is missing or does not start. The message says what, why, and what to do about it. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: PlatformFault;

  constructor(code: PlatformFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
