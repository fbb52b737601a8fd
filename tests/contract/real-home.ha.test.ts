import { startRealHome } from '../support/real-home/real-home';
import { contract } from './contract';

const version = process.env['HA_VERSION'] === '2024.3' ? '2024.3' : '2026.11';

contract(`Home Assistant ${version}`, () => startRealHome({ version, name: 'Contract', demo: true }));
