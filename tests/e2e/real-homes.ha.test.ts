import { startRealHome } from '../support/real-home/real-home';
import { endToEnd } from './end-to-end';

const version = process.env['HA_VERSION'] === '2024.3' ? '2024.3' : '2026.11';

endToEnd(`Home Assistant ${version}`, () => startRealHome({ version, name: 'Home' }));
