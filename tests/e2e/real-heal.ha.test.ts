import { startRealHome } from '../support/real-home/real-home';
import { heals } from './heal';

const version = process.env['HA_VERSION'] === '2024.3' ? '2024.3' : '2026.11';

heals(`Home Assistant ${version}`, () => startRealHome({ version, name: 'Home' }));
