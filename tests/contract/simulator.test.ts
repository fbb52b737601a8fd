import { startSimulatedHome } from '../support/simulator/simulated-home';
import { contract } from './contract';

contract('simulator 2026.11', () => startSimulatedHome({ version: '2026.11.0', home: 'house' }));
contract('simulator 2024.3', () => startSimulatedHome({ version: '2024.3.3', home: 'house' }));
