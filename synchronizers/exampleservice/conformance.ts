import { defineConformance } from '../../testing/index.ts';

// Pages are files; what is sent over HTTP is recorded, whatever the address.
export default defineConformance({
  setUp(folder) {
    process.env['EXAMPLESERVICE_PAGES'] = folder;
    process.env['EXAMPLESERVICE_BACKEND'] = 'http://pages.example';
  },
});
