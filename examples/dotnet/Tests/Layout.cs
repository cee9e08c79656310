// ytx_options as .NET lays it out, for tests/dotnet.rs to compare with C.
using System;
using System.Reflection;
using System.Runtime.InteropServices;
using Ytx;

internal static class Layout
{
    public static void Print()
    {
        Type options = typeof(YtxClient).Assembly.GetType("Ytx.NativeOptions", true);
        Console.WriteLine("size " + Marshal.SizeOf(options));
        foreach (FieldInfo field in options.GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
            Console.WriteLine(field.Name + " " + Marshal.OffsetOf(options, field.Name));
    }
}
