# A pool worker in Perl, from docs/protocol.md alone: answers every job with its own pid, its pool and what it was sent.
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;

my $json   = JSON::PP->new;
my $broker = IO::Socket::UNIX->new(Peer => $ENV{POGO_SOCKET}) or die "no broker: $!";

sub frame {
    my ($kind, $id, $payload) = @_;
    print {$broker} pack('N C Q>', length $payload, $kind, $id), $payload;
    $broker->flush;
}

sub take {
    my ($size) = @_;
    my $data = '';
    while (length $data < $size) {
        read($broker, $data, $size - length $data, length $data) or exit 0;
    }
    return $data;
}

frame(1, 0, $json->encode({version => 1, role => 'worker', pool => $ENV{POGO_POOL}, secret => $ENV{POGO_WORKER_SECRET}}));
while (1) {
    my ($size, $kind, $id) = unpack 'N C Q>', take(13);
    my $payload = take($size);
    exit 0 if $kind == 9;
    next unless $kind == 7;
    my ($remaining, $credit, $context) = unpack 'N N n', $payload;
    my $job = $json->decode(substr $payload, 10 + $context);
    exit 4 if $job->{class} eq 'Die';
    frame(8, $id, "\0" . $json->encode({ok => JSON::PP::true, result => {pid => $$, pool => $ENV{POGO_POOL}, job => $job}}));
}
