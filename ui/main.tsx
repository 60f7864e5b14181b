import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from '../client/request.ts';
import { App } from './app.tsx';
import { startLive } from './live.ts';
import './style/tokens.css';
import './style/shell.css';
import './style/fleet.css';
import './style/object.css';
import './style/form.css';
import './style/graph.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What changes is told by the stream of events: see live.ts.
      staleTime: 30_000,
      // What the server refuses once, it refuses again.
      retry: (times, error) => times < 2 && !(error instanceof ApiError),
      retryDelay: 500,
    },
  },
});
startLive(client);

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element «page»');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
