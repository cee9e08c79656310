// Whether the native library is found from where tests/dotnet.rs has put it, or what is said.
using System;
using Ytx;

internal static class Loading
{
    public static void Print()
    {
        try
        {
            new YtxClient(Check.Sid, Check.Token).Dispose();
            Console.WriteLine("found");
        }
        catch (DllNotFoundException missing)
        {
            Console.WriteLine(missing.Message);
        }
    }
}
