import { isIP } from 'node:net';
import { own } from '../model/own.ts';

interface ContentType {
  readonly fits: (text: string) => boolean;
  /** What is said of a text that does not fit. */
  readonly fault: string;
}

/** What texts of a `content_type` are like. `stripped` is none of these: it fits every text, and changes it. */
const CONTENT_TYPES: Readonly<Record<string, ContentType>> = {
  date: { fits: isDate, fault: 'must be a date, as in "2025-12-31" or "2025-12-31T23:59:59Z"' },
  ip: { fits: isAddress, fault: 'must be an IP address, as in "192.0.2.1" or "2001:db8::1"' },
  url: { fits: isUrl, fault: 'must be a URL, as in "https://example.org/"' },
};

/** What is wrong with a text for its content type; nothing for the empty text, and for a type that is not known. */
export function contentFault(contentType: string | undefined, text: string): string | undefined {
  const type = contentType === undefined ? undefined : own(CONTENT_TYPES, contentType);
  return type === undefined || text === '' || type.fits(text) ? undefined : type.fault;
}

/** As ISO 8601 and Python write it: a day, with the time of day or without. */
const DATE = /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

function isDate(text: string): boolean {
  const day = DATE.exec(text)?.[1];
  if (day === undefined || Number.isNaN(Date.parse(text))) return false;
  // For a 30 February JavaScript takes the 2 March.
  return new Date(day).toISOString().startsWith(day);
}

/** A zone would make it of any length, and means something on one machine only. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

function isUrl(text: string): boolean {
  // `URL` forgives blanks, and takes whatever has a colon.
  return /^[a-z][a-z\d+.-]*:\/\/\S+$/i.test(text) && URL.canParse(text);
}
