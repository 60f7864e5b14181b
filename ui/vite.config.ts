import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** One bundle, next to nothing to load: the page is opened when something is wrong, over whatever line there is. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Nothing inline: the server's content security policy allows none of it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  // For work on the page: `vite ui`, with ACCORD_SERVER as the address of a server.
  server: {
    proxy: {
      '/xosapi': { target: process.env['ACCORD_SERVER'] ?? 'http://127.0.0.1:8000', changeOrigin: true },
    },
  },
});
