import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { setToken, token } from './ask.ts';

/** Ask for the token that this server asks for. */
export function TokenForm(): ReactNode {
  const client = useQueryClient();
  const [value, setValue] = useState('');
  const isRefused = token() !== undefined;
  return (
    <main className="token">
      <h1>This server asks for a token</h1>
      {isRefused && <p role="alert">It refused the one that you gave.</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setToken(value);
          void client.invalidateQueries();
        }}
      >
        <label>
          Token
          <input
            type="password"
            autoComplete="off"
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        </label>
        <button type="submit" className="primary" disabled={value === ''}>
          Go on
        </button>
      </form>
      <p>
        It is what <code>accord token create</code> printed, or what ACCORD_TOKEN says where the server runs.
        This tab keeps it until it is closed.
      </p>
    </main>
  );
}
