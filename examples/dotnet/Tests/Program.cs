// Runs the tests of one class: `Tests.exe CLASS ARGUMENT...`. Each public method is a test; the
// arguments, mostly a server's URL, are those of the class. tests/dotnet.rs says which are run.
using System;
using System.Reflection;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        Type tests = typeof(Program).Assembly.GetType(arguments[0], true);
        var rest = new object[arguments.Length - 1];
        Array.Copy(arguments, 1, rest, 0, rest.Length);
        int count = 0;
        foreach (MethodInfo test in tests.GetMethods(BindingFlags.Static | BindingFlags.Public))
        {
            try
            {
                test.Invoke(null, rest);
                count++;
            }
            catch (TargetInvocationException failure)
            {
                Console.Error.WriteLine($"{tests.Name}.{test.Name}: {failure.InnerException}");
                return 1;
            }
        }
        Console.WriteLine($"{count} tests passed");
        return count > 0 ? 0 : 1;
    }
}
