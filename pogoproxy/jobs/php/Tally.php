<?php

declare(strict_types=1);

namespace PogoProxy\Jobs;

/**
 * What the jobs of one request came to: how many there were, how long they waited, which took longest. The front takes
 * it out of the answer's head, for the access log; so it is what was known when the answer began.
 */
final class Tally
{
    private int $spawned = 0;
    private float $waited = 0.0;
    private float $slowest = 0.0;
    private string $slowestJob = '';

    /** One has been spawned. */
    public function count(): void
    {
        ++$this->spawned;
        $this->tell();
    }

    /** One has ended. Times are in seconds. */
    public function add(string $job, float $waited, float $ran): void
    {
        $this->waited += $waited;
        if ($ran > $this->slowest) {
            [$this->slowest, $this->slowestJob] = [$ran, $job];
        }
        $this->tell();
    }

    /** Said anew each time: `header_register_callback` takes one callback, and that is the application's. */
    private function tell(): void
    {
        if (!\headers_sent()) {
            $job = \preg_replace('/[^!-~]/', '?', $this->slowestJob);
            \header(\sprintf('Pogo-Jobs: %d;%.6F;%.6F;%s', $this->spawned, $this->waited, $this->slowest, $job));
        }
    }
}
