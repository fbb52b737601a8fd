import { startSimulatedHome } from '../support/simulator/simulated-home';
import { heals } from './heal';

heals('simulator', () => startSimulatedHome({ home: 'small', seed: 3, startSeconds: 1 }), 0.2);
