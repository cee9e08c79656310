// The figures for operators need a Meter, which .NET Framework and Mono do not have.
using System;

namespace Ytx;

internal static class Figures
{
    internal static long Next() => 0;

    internal static void ClientCame(IntPtr handle, long client)
    {
    }

    internal static void ClientWent(IntPtr handle)
    {
    }
}
