#!/usr/sbin/dtrace -s
/*
 * helloworld.d for DTrace on Linux, which takes no wildcard for a provider:
 *
 *   dtrace -p PID -s helloworld-linux.d
 */
#pragma D option quiet

restify$target:::route-start
{
   track[arg2] = timestamp;
}

restify$target:::handler-start
/track[arg3]/
{
   h[arg3, copyinstr(arg2)] = timestamp;
}

restify$target:::handler-done
/track[arg3] && h[arg3, copyinstr(arg2)]/
{
   @[copyinstr(arg2)] = quantize((timestamp - h[arg3, copyinstr(arg2)]) / 1000000);
   h[arg3, copyinstr(arg2)] = 0;
}

restify$target:::route-done
/track[arg2]/
{
   @[copyinstr(arg1)] = quantize((timestamp - track[arg2]) / 1000000);
   track[arg2] = 0;
}
