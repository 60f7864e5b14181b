import { useState, type ReactNode } from 'react';

/** The line that does the same at the command line, to be copied. */
export function CommandLine({ line }: { readonly line: string }): ReactNode {
  const [isCopied, setCopied] = useState(false);
  return (
    <span className="command">
      <code>{line}</code>
      {/* Not there on addresses that browsers do not trust: then there is only the line. */}
      {'clipboard' in navigator && (
        <button
          type="button"
          className="quiet"
          aria-label={`Copy: ${line}`}
          onClick={() => void navigator.clipboard.writeText(line).then(() => setCopied(true))}
        >
          {isCopied ? 'copied' : 'copy'}
        </button>
      )}
    </span>
  );
}
